package main

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
)

// A kiosk whose clock is anywhere asks by central's; one that is refused always does.
func TestWhenACertificateIsAskedFor(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	from := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	cert := tls.Certificate{Leaf: &x509.Certificate{NotBefore: from, NotAfter: from.Add(90 * day)}}
	r := &renewal{own: newCredential(&enrol.Identity{Cert: cert})}
	old := &renewal{own: newCredential(&enrol.Identity{Cert: cert, Stale: true})}
	heard := func(at, clock time.Time) agent.Status { // by central's clock, and by this machine's
		return agent.Status{LastContact: clock, Offset: clock.Sub(at), Connected: true}
	}
	for name, c := range map[string]struct {
		s    agent.Status
		now  time.Time
		want bool
	}{
		"a month":                   {heard(from.Add(30*day), from.Add(30*day)), from.Add(30 * day), false},
		"two months and a day":      {heard(from.Add(61*day), from.Add(61*day)), from.Add(61 * day), true},
		"a month, at 1970":          {heard(from.Add(30*day), time.Unix(9, 0)), time.Unix(9, 0), false},
		"two months, at 1970":       {heard(from.Add(61*day), time.Unix(9, 0)), time.Unix(9, 0), true},
		"a month, in 2099":          {heard(from.Add(30*day), from.AddDate(73, 0, 0)), from.AddDate(73, 0, 0), false},
		"nothing heard, in 2099":    {agent.Status{}, from.AddDate(73, 0, 0), false},
		"refused":                   {agent.Status{Fault: problem.Forbidden}, from, true},
		"no network, after a month": {agent.Status{Fault: problem.Unavailable}, from.Add(30 * day), false},
	} {
		if got := r.due(c.s, c.now); got != c.want {
			t.Errorf("%s: due %v", name, got)
		}
		if got, want := old.due(c.s, c.now), c.want || !c.s.LastContact.IsZero(); got != want {
			t.Errorf("%s, of an authority that was replaced: due %v", name, got)
		}
	}
}
