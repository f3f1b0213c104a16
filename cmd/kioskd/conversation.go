package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	mathrand "math/rand/v2"
	"net"
	"runtime/debug"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// agent puts the conversation with central together. Nothing is sent before the
// Agent runs. The reporter tells of the machine: central,
// too, unless readers is nil.
func (k *kiosk) agent(ctx context.Context, id *enrol.Identity, own *credential, s store, readers *hw.Readers, clock agent.Clock, orders agent.Commands) (*agent.Agent, *reporter, error) {
	dialer, where, err := k.dialer(id, own)
	if err != nil {
		return nil, nil, err
	}
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	gen, _, err := s.cache.Version(ctx)
	if err != nil {
		return nil, nil, err
	}
	signer := wire.NewSigner(id.RecordKey)
	out := outbox.New(outbox.Config{
		Journal: s.journal, Sealer: signer, Key: id.RecordKey.Public().(ed25519.PublicKey), IDs: ids.Next,
		Topic: wire.Topic{Org: id.Org, Kiosk: id.Kiosk, Channel: wire.UpRecords}, Gen: max(gen, id.Gen),
	})
	in := inbox.New(inbox.Config{
		Org: id.Org, Kiosk: id.Kiosk, CA: id.CAKey(), Keyset: id.Keyset, Cache: s.cache,
		KeepKeyset: func(ctx context.Context, set wire.Keyset) error { return own.KeepKeyset(ctx, k.cmd.Data, set) },
	})
	plan, err := k.firstPlan(ctx, id, s.cache)
	if err != nil {
		return nil, nil, err
	}
	report := k.reporter(id, own, s, in, readers)
	cfg := agent.Config{
		Org: id.Org, Kiosk: id.Kiosk, Software: "kioskd " + version, Dialer: dialer, Sealer: signer, IDs: ids.Next,
		Outbox: out, Inbox: in, Journal: s.journal, Plan: plan,
		Now: time.Now, Chance: mathrand.Float64, Logger: k.log, Clock: clock, Commands: orders, Brokers: where,
	}
	if readers != nil {
		cfg.Health = report.health
	}
	return agent.New(cfg), report, nil
}

func (k *kiosk) dialer(id *enrol.Identity, own *credential) (wire.Dialer, *brokers, error) {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		t := trust.Config{Roots: own.Identity().Roots(), Certificate: own.Certificate, Built: built()}
		return t.Dial(ctx, network, addr)
	}
	where := &brokers{own: own, log: k.log, keep: func(list, reserve []string) error { return own.KeepBrokers(k.cmd.Data, list, reserve) }}
	r, err := mqttlink.NewRotation(mqttlink.Config{
		ClientID: id.Kiosk, Filters: []string{wire.KioskFilter(id.Org, id.Kiosk)}, DialTLS: dial, Logger: k.log,
	}, where.list)
	if err != nil {
		return nil, nil, err
	}
	where.welcomed = r.Welcomed
	return r, where, nil
}

// followPlan hands the agent a new plan when the settings change.
func (k *kiosk) followPlan(ctx context.Context, id *enrol.Identity, cache *devicedb.Cache, a *agent.Agent) error {
	changed := cache.Follow(ctx)
	var last planKey
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
		settings, err := settingsOf(ctx, id, cache)
		if err != nil {
			k.log.Warn("plan not changed", "err", err)
			continue
		}
		p, err := k.plan(id.Kiosk, settings)
		if err != nil {
			k.log.Warn("plan not changed", "err", err)
			continue
		}
		key := planKey{fmtSchedule(p), p.Zone.String(), p.Live}
		if key != last {
			last = key
			a.SetPlan(p)
		}
	}
}

// planKey tells plans apart.
type planKey struct {
	schedule, zone string
	live           bool
}

func fmtSchedule(p agent.Plan) string {
	if s, ok := p.Schedule.(*schedule.Schedule); ok {
		return s.String()
	}
	return ""
}

// built gives when this program was built, as far as it knows: that time has
// passed, whatever the clock says.
func built() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key != "vcs.time" {
			continue
		}
		if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
			return t
		}
	}
	return time.Time{}
}
