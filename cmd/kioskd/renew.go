package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/wire"
)

// refusedAgain is how long a kiosk that the broker refuses waits before it asks once
// more for a new certificate: a server that was restored may know it by its keys.
const refusedAgain = time.Hour

// credential is who this kiosk is and whom it believes, which renewals and new keysets
// change under way, and the turn of who changes that on disk.
type credential struct {
	id   atomic.Pointer[enrol.Identity]
	disk sync.Mutex
}

func newCredential(id *enrol.Identity) *credential {
	c := &credential{}
	c.id.Store(id)
	return c
}

// Identity gives the one in force.
func (c *credential) Identity() *enrol.Identity { return c.id.Load() }

// Certificate gives it for a handshake.
func (c *credential) Certificate() (*tls.Certificate, error) { return &c.id.Load().Cert, nil }

// Trust gives whose word counts, and by which keys central's messages are believed.
func (c *credential) Trust() (*ecdsa.PublicKey, wire.Keyset) {
	id := c.id.Load()
	return id.CAKey(), id.Keyset
}

// End gives when the certificate ends.
func (c *credential) End() time.Time { return c.id.Load().Cert.Leaf.NotAfter }

// KeepKeyset takes over a newer keyset, on disk first.
func (c *credential) KeepKeyset(ctx context.Context, dir string, set wire.Keyset) error {
	return c.change(dir, func() error { return enrol.KeepKeyset(ctx, dir, set) })
}

// change changes the identity on disk, and then takes over what is there.
func (c *credential) change(dir string, write func() error) error {
	c.disk.Lock()
	defer c.disk.Unlock()
	if err := write(); err != nil {
		return err
	}
	id, err := enrol.Load(dir)
	if err != nil {
		return err
	}
	c.id.Store(id)
	return nil
}

// renewal gets this kiosk a new certificate in time, and a late one where the broker
// does not accept the one it has.
type renewal struct {
	dir     string
	central enrol.Renewer
	own     *credential
	status  func() agent.Status
	poke    func() // talk to central now
	look    time.Duration
	now     func() time.Time
	log     *slog.Logger

	denied atomic.Bool // central renews nothing for this kiosk
}

// Renew posts a request for a certificate.
func (l listener) Renew(ctx context.Context, header string, body []byte) (wire.RenewReply, error) {
	var reply wire.RenewReply
	err := l.client.HandIn(ctx, l.own.Identity().Device, l.own.Identity().Roots(), wire.UploadRenew, header, body, &reply)
	return reply, err
}

// Denied says whether central has refused to renew since it last let this kiosk in.
func (r *renewal) Denied() bool { return r.denied.Load() }

// Run looks from time to time, until ctx ends.
func (r *renewal) Run(ctx context.Context) error {
	var waiting patience
	for {
		s := r.status()
		if s.Connected {
			r.denied.Store(false)
		}
		if now := r.now(); waiting.over(now) && r.due(s, now) {
			waiting.took(now, r.try(ctx, now))
			if r.denied.Load() {
				waiting.next = now.Add(refusedAgain)
			}
		}
		if !pause(ctx, r.look) {
			return nil
		}
	}
}

// due says whether a certificate is to be asked for. Its dates are judged by central's
// clock, as the last round told it: that of this machine may show any time. One of an
// authority that was replaced is renewed at once.
func (r *renewal) due(s agent.Status, now time.Time) bool {
	if refused(s) {
		return true
	}
	if s.LastContact.IsZero() {
		return false
	}
	id := r.own.Identity()
	return id.Stale || !now.Add(-s.Offset).Before(enrol.RenewAt(id.Cert.Leaf))
}

func (r *renewal) try(ctx context.Context, now time.Time) error {
	_, err := enrol.Renew(ctx, r.dir, r.central, rand.Reader, &r.own.disk, now)
	if ctx.Err() != nil {
		return nil // what is on disk counts at the next start
	}
	if err != nil {
		switch problem.CodeOf(err) {
		case problem.Forbidden, problem.NotFound: // NotFound: a central that is too old for it
			r.denied.Store(true)
		}
		r.log.Warn("certificate not renewed", "ends", r.own.End(), "err", err)
		return err
	}
	r.denied.Store(false)
	// A newer keyset may have come since the answer: what is on disk now counts.
	if err := r.own.change(r.dir, func() error { return nil }); err != nil {
		return err
	}
	r.log.Info("certificate renewed", "ends", r.own.End())
	r.poke()
	return nil
}

func (k *kiosk) renewal(own *credential, a *agent.Agent) *renewal {
	return &renewal{
		dir: k.cmd.Data, central: k.listener(own), own: own, status: a.Status, poke: a.Poke,
		look: handInLook, now: time.Now, log: k.log,
	}
}
