package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/wire"
)

// comeback shows a central that does not know this kiosk any more, because it was
// restored from a backup, who this kiosk is. Central judges; a revoked kiosk asks in vain.
type comeback struct {
	id      *enrol.Identity
	own     *credential
	central listener
	facts   func(ctx context.Context) wire.SettingsRow
	status  func() agent.Status
	denied  func() bool // a new certificate was asked for in vain
	poke    func()      // talk to central now
	look    time.Duration
	now     func() time.Time
	log     *slog.Logger
}

func (k *kiosk) comeback(id *enrol.Identity, own *credential, s store, a *agent.Agent, denied func() bool) *comeback {
	facts := func(ctx context.Context) wire.SettingsRow {
		now, err := s.cache.Settings(ctx)
		if err != nil {
			return id.Settings // as of the enrolment: better than nothing
		}
		return now
	}
	return &comeback{
		id: id, own: own, central: k.listener(id), facts: facts, status: a.Status, denied: denied, poke: a.Poke,
		look: handInLook, now: time.Now, log: k.log,
	}
}

// Run looks from time to time, until ctx ends.
func (c *comeback) Run(ctx context.Context) error {
	var waiting patience
	for {
		if now := c.now(); refused(c.status()) && c.denied() && waiting.over(now) {
			waiting.took(now, c.try(ctx, now))
		}
		if !pause(ctx, c.look) {
			return nil
		}
	}
}

func (c *comeback) try(ctx context.Context, now time.Time) error {
	err := c.ask(ctx, now)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		c.log.Info("not taken back", "err", err)
		return err
	}
	c.log.Warn("the server was restored and has taken this kiosk back")
	c.poke()
	return nil
}

func (c *comeback) ask(ctx context.Context, now time.Time) error {
	facts := c.facts(ctx)
	body, err := json.Marshal(wire.Readopt{
		Cert: c.own.cert.Load().Leaf.Raw, SealKey: c.id.SealKey.PublicKey().Bytes(),
		Name: facts.KioskName, Zone: facts.Zone, Serial: serial(), Software: "kioskd " + version,
	})
	if err != nil {
		return fmt.Errorf("encode who this is: %w", err)
	}
	header, err := wire.SignUpload(c.id.RecordKey, c.id.Org, c.id.Kiosk, wire.UploadReadopt, body, now)
	if err != nil {
		return err
	}
	var reply wire.ReadoptReply
	return c.central.client.HandIn(ctx, c.central.addr, c.central.ca, wire.UploadReadopt, header, body, &reply)
}
