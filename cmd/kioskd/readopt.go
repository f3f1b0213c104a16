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

// strandedAfter is how long central may be silent before a kiosk that can't tell why asks
// whether it is known there.
const strandedAfter = 5 * time.Minute

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
		id: id, own: own, central: k.listener(own), facts: facts, status: a.Status, denied: denied, poke: a.Poke,
		look: handInLook, now: time.Now, log: k.log,
	}
}

// Run looks from time to time, until ctx ends.
func (c *comeback) Run(ctx context.Context) error {
	var waiting patience
	began := c.now()
	for {
		s, now := c.status(), c.now()
		if s.Connected {
			waiting = patience{}
		}
		if c.due(s, began, now) && waiting.over(now) {
			waiting.again(now) // whatever comes of it: only being let in ends it
			c.try(ctx, now)
		}
		if !pause(ctx, c.look) {
			return nil
		}
	}
}

// due says whether central may have forgotten this kiosk: the built-in broker refuses it
// then; behind another broker there is just no answer.
func (c *comeback) due(s agent.Status, began, now time.Time) bool {
	if refused(s) {
		return c.denied()
	}
	heard := s.LastContact
	if heard.Before(began) {
		heard = began
	}
	return !s.Connected && s.Fault != "" && now.Sub(heard) > strandedAfter
}

func (c *comeback) try(ctx context.Context, now time.Time) {
	reply, err := c.ask(ctx, now)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		c.log.Info("not taken back", "err", err)
	default:
		if reply.Back {
			c.log.Warn("the server was restored and has taken this kiosk back", "gen", reply.Gen)
		}
		c.poke()
	}
}

func (c *comeback) ask(ctx context.Context, now time.Time) (reply wire.ReadoptReply, err error) {
	facts := c.facts(ctx)
	body, err := json.Marshal(wire.Readopt{
		Cert: c.own.Identity().Cert.Leaf.Raw, SealKey: c.id.SealKey.PublicKey().Bytes(),
		Name: facts.KioskName, Zone: facts.Zone, Serial: serial(), Software: "kioskd " + version,
	})
	if err != nil {
		return reply, fmt.Errorf("encode who this is: %w", err)
	}
	header, err := wire.SignUpload(c.id.RecordKey, c.id.Org, c.id.Kiosk, wire.UploadReadopt, body, now)
	if err != nil {
		return reply, err
	}
	err = c.central.client.HandIn(ctx, c.own.Identity().Device, c.own.Identity().Roots(), wire.UploadReadopt, header, body, &reply)
	return reply, err
}
