package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
)

// script is a talker whose status develops after a poke.
type script struct {
	poked time.Time
	then  func(since time.Duration, s *agent.Status)
}

func (p *script) Poke() { p.poked = time.Now() }

func (p *script) Status() (s agent.Status) {
	p.then(time.Since(p.poked), &s)
	return s
}

func TestSyncNowSaysHowItEnded(t *testing.T) {
	t.Parallel()
	long := time.Hour
	for name, c := range map[string]struct {
		then func(since time.Duration, s *agent.Status)
		code problem.Code
		took time.Duration
	}{
		"done": {func(since time.Duration, s *agent.Status) {
			s.Connected = true
			if since >= 2*time.Second {
				s.LastContact, s.Current = time.Now(), time.Now()
			}
		}, "", 2 * time.Second},
		"refused": {func(since time.Duration, s *agent.Status) {
			if since >= time.Second {
				s.Failed, s.Fault = time.Now(), problem.Unavailable
			}
		}, problem.Unavailable, time.Second},
		"silence on an old link": {func(_ time.Duration, s *agent.Status) {
			s.Connected, s.LastContact, s.Current = true, time.Now().Add(-long), time.Now().Add(-long)
		}, problem.Unavailable, syncWithin},
		"a failure of before": {func(_ time.Duration, s *agent.Status) {
			s.Failed, s.Fault = time.Now().Add(-long), problem.Untrusted
		}, problem.Unavailable, syncWithin},
		"much to send": {func(since time.Duration, s *agent.Status) {
			s.Connected, s.LastContact, s.Current, s.Queue = true, time.Now(), time.Now(), 5000
		}, "", syncWithin},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := (&upkeep{talk: &script{then: c.then}}).SyncNow(t.Context())
				if took := time.Since(began); problem.CodeOf(err) != c.code || took != c.took {
					t.Errorf("%v after %v", err, took)
				}
			})
		})
	}
}

func TestSyncNowIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&upkeep{talk: &script{then: func(time.Duration, *agent.Status) {}}}).SyncNow(ctx); err == nil {
		t.Error("it waits")
	}
}

func TestTheStatusForPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).UnixMilli()
	c := local.Condition{
		State:   local.State{Enrolled: true, KioskName: "Front door", KioskID: "k1", Org: "Acme", Queue: 3, Zone: "UTC"},
		Session: "secret", Name: "Ada", Server: "central:8883", Addresses: []string{"10.0.0.7", "10.0.0.8"}, Oldest: at,
		KeyTier: "file", Software: "1.2", Started: at, DiskFree: 5 << 30, Cert: at,
		Readers: []local.Reader{{ID: "08ff:0009", Name: "Red\x1b", Attached: true}, {ID: "0001:0002"}},
		Refused: true, HandedIn: 12, HandedAt: at,
	}
	var b bytes.Buffer
	if err := printStatus(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"central:8883", "3, the oldest of ", "5120 MB free", "10.0.0.7, 10.0.0.8", "08ff:0009 Red", ", attached", ", not attached", "1.2, running since", "does not let this kiosk in", "12 records past the broker"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	raw, err := json.Marshal(statusReport{Condition: c})
	if err != nil || strings.Contains(string(raw), "secret") || strings.Contains(string(raw), "Ada") || !strings.Contains(string(raw), `"disk_free":5368709120`) {
		t.Errorf("%s, %v", raw, err)
	}
}
