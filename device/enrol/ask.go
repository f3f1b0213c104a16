package enrol

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// StepWaiting is when somebody at central has to let this machine in. It carries the
// check value to compare.
const StepWaiting = "waiting"

// askEvery is how often is asked whether somebody has decided.
const askEvery = 5 * time.Second

// ask asks to be let in without a code, shows the check value, and waits until somebody
// has decided or ctx ends. A server that can't be verified by its web address is asked
// all the same: the check value shows whether somebody is in between. Asking the same
// server again, also after a crash, goes on with the same keys, and so the same value.
//
// Errors: as Enrol's; problem.Forbidden where the machine is turned away.
func ask(ctx context.Context, dir string, d Deps, host string, step func(local.EnrolStep)) (*Identity, error) {
	var k keys
	var at listener
	for _, do := range []struct {
		name string
		run  func() error
	}{
		{StepKeys, func() error { return makeDir(dir) }}, // the keys themselves need to know for whom
		{StepFindServer, func() (err error) {
			if at, err = findAnybody(ctx, d, host); err == nil {
				k, err = pendingKeys(dir, d.Random, keysFor(at.ca))
			}
			return err
		}},
	} {
		step(local.EnrolStep{Name: do.name})
		if err := do.run(); err != nil {
			return nil, fmt.Errorf("ask to be let in: %s: %w", do.name, err)
		}
		step(local.EnrolStep{Name: do.name, Done: true})
	}
	r, err := await(ctx, d, at, k, step)
	if err != nil {
		return nil, fmt.Errorf("ask to be let in: %w", err)
	}
	step(local.EnrolStep{Name: StepAskCertificate})
	s, err := accepted(at, k, r)
	if err != nil {
		return nil, err
	}
	step(local.EnrolStep{Name: StepAskCertificate, Done: true})
	return keep(dir, k, s)
}

// keysFor names the keys for one authority. They are made after it is known, and others
// for another one: who stands in between and had seen the keys could otherwise search for
// an authority and for keys of their own that give one check value, in 2^30 tries each.
func keysFor(ca *x509.Certificate) string {
	sum := sha256.Sum256(ca.RawSubjectPublicKeyInfo)
	return "ask " + hex.EncodeToString(sum[:])
}

// findAnybody gives the device listener that a web address names, believed or not.
func findAnybody(ctx context.Context, d Deps, host string) (listener, error) {
	at, err := find(ctx, d, Address{Host: host})
	if !problem.Is(err, problem.Untrusted) {
		return at, err
	}
	w, err := d.Central.Unverified(ctx, "https://"+host)
	if err != nil {
		return listener{}, err
	}
	return listenerOf(w)
}

func await(ctx context.Context, d Deps, at listener, k keys, step func(local.EnrolStep)) (wire.EnrolReply, error) {
	req, err := k.request("", d.Serial, d.Software)
	if err != nil {
		return wire.EnrolReply{}, err
	}
	check, err := wire.CheckValue(at.ca, req)
	if err != nil {
		return wire.EnrolReply{}, err
	}
	for told := false; ; {
		got, err := d.Central.Ask(ctx, at.addr, at.ca, req)
		switch {
		case ctx.Err() != nil:
			return wire.EnrolReply{}, problem.New(problem.Unavailable, "Nobody has let this machine in yet.", "Ask again; the check value stays the same.").Because(ctx.Err())
		case err != nil && !(told && problem.Is(err, problem.Unavailable)): // a network that was there may come back
			return wire.EnrolReply{}, err
		case err == nil && got.Reply != nil:
			step(local.EnrolStep{Name: StepWaiting, Check: check, Done: true})
			return *got.Reply, nil
		case !told:
			step(local.EnrolStep{Name: StepWaiting, Check: check})
			told = true
		}
		t := time.NewTimer(cmp.Or(d.AskEvery, askEvery))
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}
