package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/salvage"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/httplink"
	"github.com/timepost/timepost/sync/wire"
)

// How often is looked whether there is something to hand in, and how long is waited
// after a try that failed: doubling, up to the longest.
const (
	handInLook    = 2 * time.Second
	handInWait    = 10 * time.Second
	handInLongest = time.Hour
)

// listener is central's device listener as this kiosk reaches it.
type listener struct {
	client *httplink.Client
	own    *credential
}

// HandIn posts a body and gives central's answer.
func (l listener) HandIn(ctx context.Context, kind wire.UploadKind, header string, body []byte) (wire.UploadReply, error) {
	var reply wire.UploadReply
	err := l.client.HandIn(ctx, l.own.Identity().Device, l.own.Identity().Roots(), kind, header, body, &reply)
	return reply, err
}

// handedIn is what was handed in since the start.
type handedIn struct {
	At      time.Time // the last time
	Records int
}

// handIn hands in past the broker what could not be sent: the present journal, once
// the broker refuses this kiosk, and what is left of journals that are over.
type handIn struct {
	sender *salvage.Sender
	status func() agent.Status
	denied func() bool // a new certificate was asked for in vain
	look   time.Duration
	now    func() time.Time
	log    *slog.Logger

	mu   sync.Mutex
	done handedIn
}

func (k *kiosk) listener(own *credential) listener {
	return listener{httplink.New(httplink.Config{Built: built(), Now: time.Now}), own}
}

func (k *kiosk) handIn(id *enrol.Identity, own *credential, s store, a *agent.Agent, denied func() bool) *handIn {
	sender := salvage.New(salvage.Config{
		Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey, Trust: own.Trust, Journal: s.journal,
		Central: k.listener(own), Gen: func(ctx context.Context) (uint64, error) {
			gen, _, err := s.cache.Version(ctx)
			return max(gen, id.Gen), err
		},
		Path: filepath.Join(k.cmd.Data, "journal.db"), Now: time.Now, Logger: k.log,
	})
	return &handIn{sender: sender, status: a.Status, denied: denied, look: handInLook, now: time.Now, log: k.log}
}

// Done tells what was handed in since the start.
func (h *handIn) Done() handedIn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.done
}

// Run looks from time to time, until ctx ends.
func (h *handIn) Run(ctx context.Context) error {
	var salvaging, depositing patience
	for {
		if now := h.now(); salvaging.over(now) {
			salvaging.took(now, h.note("salvage", h.try(ctx, h.sender.Salvage)))
		}
		// Whoever is not let in, and gets no new certificate, may never be let in again.
		if now := h.now(); refused(h.status()) && h.denied() && depositing.over(now) {
			depositing.took(now, h.note("deposit", h.try(ctx, h.sender.Deposit)))
		}
		if !pause(ctx, h.look) {
			return nil
		}
	}
}

// refused says whether the broker does not let this kiosk in.
func refused(s agent.Status) bool { return !s.Connected && s.Fault == problem.Forbidden }

func (h *handIn) try(ctx context.Context, hand func(context.Context) (int, error)) error {
	n, err := hand(ctx)
	if n > 0 {
		h.mu.Lock()
		h.done = handedIn{At: h.now(), Records: h.done.Records + n}
		h.mu.Unlock()
		h.log.Warn("records handed in past the broker", "records", n)
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (h *handIn) note(what string, err error) error {
	if err != nil {
		h.log.Warn("not handed in", "what", what, "err", err)
	}
	return err
}

// patience is when to try again.
type patience struct {
	next time.Time
	wait time.Duration
}

func (p *patience) over(now time.Time) bool { return !now.Before(p.next) }

// took notes how a try went: after one that failed the next waits.
func (p *patience) took(now time.Time, err error) {
	if err == nil {
		*p = patience{}
		return
	}
	p.again(now)
}

// again makes the next try wait longer than this one did.
func (p *patience) again(now time.Time) {
	p.wait = min(max(2*p.wait, handInWait), handInLongest)
	p.next = now.Add(p.wait)
}
