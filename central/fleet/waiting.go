package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Limits of machines that ask to be let in without a code. Anybody who reaches the device
// listener can ask, so that what they can fill is small: a list that a person can read.
const (
	maxWaiting     = 50               // at all
	maxWaitingHere = 5                // from one address
	WaitingFor     = 10 * time.Minute // without asking again, before a machine is forgotten
	rejectedFor    = time.Hour        // before it may ask again
	noteSeen       = 30 * time.Second // the least time between two notes that it asks still
)

// Waiting lists the machines that ask still, who asked first first.
func (f *Fleet) Waiting(ctx context.Context) ([]centraldb.Waiting, error) {
	return f.Store.Waiting(ctx, f.Now().Add(-WaitingFor).UnixNano())
}

// Ask takes the wish of a machine without a code to be let in, and says whether somebody
// has decided. The machine repeats it. Address is where it comes from.
//
// Errors: problem.Invalid and problem.Untrusted (the request itself), problem.Forbidden
// (it was rejected), problem.Limited (too many wait).
func (f *Fleet) Ask(ctx context.Context, address string, r wire.EnrolRequest) (wire.AskReply, error) {
	if r.Code != "" {
		return wire.AskReply{}, badRequest(fmt.Errorf("whoever asks has no code"))
	}
	csrKey, err := verifyRequest(r)
	if err != nil {
		return wire.AskReply{}, err
	}
	check, err := wire.CheckValue(f.Keys.CA, r)
	if err != nil {
		return wire.AskReply{}, err
	}
	request, err := json.Marshal(r)
	if err != nil {
		return wire.AskReply{}, fmt.Errorf("encode request: %w", err)
	}
	out := wire.AskReply{Check: check}
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		now := f.Now()
		if err := f.dropWaiting(ctx, tx, now); err != nil {
			return err
		}
		w, ok, err := tx.WaitingOf(ctx, csrKey)
		switch {
		case err != nil:
			return err
		case !ok:
			return f.begin(ctx, tx, centraldb.Waiting{
				CSRKey: csrKey, Check: check, Request: request, Address: address, Hardware: r.Serial, Software: r.Software,
				AskedAt: now.UnixNano(), SeenAt: now.UnixNano(), Status: centraldb.WaitingOpen,
			})
		case w.Check != check:
			return badRequest(fmt.Errorf("the same TLS key with other keys"))
		case w.Status == centraldb.WaitingRejected:
			return problem.New(problem.Forbidden, "This machine was not let in.", "Ask your operator; after an hour it may ask again.")
		case w.Status == centraldb.WaitingAccepted:
			return json.Unmarshal(w.Reply, &out.Reply)
		case now.Sub(time.Unix(0, w.SeenAt)) >= noteSeen:
			w.SeenAt = now.UnixNano()
			return tx.PutWaiting(ctx, w)
		}
		return nil
	})
	return out, err
}

// begin notes a machine that has not asked before.
func (f *Fleet) begin(ctx context.Context, tx *centraldb.Tx, w centraldb.Waiting) error {
	all, here, err := tx.CountWaiting(ctx, w.Address)
	if err != nil {
		return err
	}
	if all >= maxWaiting || here >= maxWaitingHere {
		return problem.New(problem.Limited, "Too many machines wait to be let in.", "Use a code, or try again in ten minutes.").
			With("retry_after_s", int(WaitingFor/time.Second))
	}
	f.Log.Info("machine asks to be let in", "check", w.Check, "address", w.Address)
	return tx.PutWaiting(ctx, w)
}

func (f *Fleet) dropWaiting(ctx context.Context, tx *centraldb.Tx, now time.Time) error {
	return tx.DropWaiting(ctx, now.Add(-WaitingFor).UnixNano(), now.Add(-rejectedFor).UnixNano(), now.Add(-CodeLife).UnixNano())
}

// Accept is what a machine becomes that is let in: the kiosk there is with this id, in
// place of any machine it was, or else a new one.
type Accept struct {
	Kiosk string
	New   NewKiosk // where Kiosk is empty
	Force bool     // also where the kiosk's present machine may hold punches
}

// Accept lets the machine with this check value in and gives its kiosk's id. Errors:
// problem.NotFound (nobody with this value waits, no such kiosk), problem.Invalid,
// problem.Conflict (see Owes).
func (f *Fleet) Accept(ctx context.Context, actor, check string, a Accept) (string, error) {
	check, err := wire.ParseCheck(check)
	if err != nil {
		return "", err
	}
	org, err := f.Store.Organisation(ctx)
	if err != nil {
		return "", err
	}
	var kiosk string
	committed := func(context.Context) {}
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		w, err := f.undecided(ctx, tx, check)
		if err != nil {
			return err
		}
		var r wire.EnrolRequest
		if err := json.Unmarshal(w.Request, &r); err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		if kiosk = a.Kiosk; kiosk == "" {
			if kiosk, committed, err = f.addFor(ctx, tx, actor, org, a.New); err != nil {
				return err
			}
		} else if err := f.free(ctx, tx, kiosk, a.Force); err != nil {
			return err
		}
		reply, err := f.identify(ctx, tx, org, kiosk, r)
		if err != nil {
			return err
		}
		if w.Reply, err = json.Marshal(reply); err != nil {
			return fmt.Errorf("encode reply: %w", err)
		}
		w.Status, w.Kiosk, w.DecidedAt, w.DecidedBy = centraldb.WaitingAccepted, kiosk, f.Now().UnixNano(), actor
		if err := tx.PutWaiting(ctx, w); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, actor, "kiosk.accept", kiosk, map[string]any{"check": check, "address": w.Address, "hardware": w.Hardware})
	})
	if err != nil {
		return "", err
	}
	committed(ctx)
	f.Changed(context.WithoutCancel(ctx), kiosk)
	return kiosk, nil
}

// Reject turns the machine with this check value away. problem.NotFound.
func (f *Fleet) Reject(ctx context.Context, actor, check string) error {
	check, err := wire.ParseCheck(check)
	if err != nil {
		return err
	}
	return f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		w, err := f.undecided(ctx, tx, check)
		if err != nil {
			return err
		}
		w.Status, w.DecidedAt, w.DecidedBy = centraldb.WaitingRejected, f.Now().UnixNano(), actor
		if err := tx.PutWaiting(ctx, w); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, actor, "kiosk.reject", "", map[string]any{"check": check, "address": w.Address, "hardware": w.Hardware})
	})
}

func (f *Fleet) undecided(ctx context.Context, tx *centraldb.Tx, check string) (centraldb.Waiting, error) {
	if err := f.dropWaiting(ctx, tx, f.Now()); err != nil {
		return centraldb.Waiting{}, err
	}
	w, ok, err := tx.WaitingBy(ctx, check)
	if err == nil && (!ok || w.Status != centraldb.WaitingOpen) {
		err = problem.New(problem.NotFound, "No machine with the check value "+check+" waits.",
			"Compare it with the machine, character by character. If it shows another one than the list, somebody may be in between: do not let it in.").With("field", "check")
	}
	return w, err
}

// addFor adds a kiosk for a machine that is let in.
func (f *Fleet) addFor(ctx context.Context, tx *centraldb.Tx, actor string, org centraldb.Organisation, n NewKiosk) (string, func(context.Context), error) {
	k := attendance.Kiosk{Name: n.Name, Zone: cmp.Or(n.Zone, org.Zone), RequiresPIN: n.RequiresPIN}
	if err := checkKiosk(k); err != nil {
		return "", nil, err
	}
	if err := checkLang(n.Lang); err != nil {
		return "", nil, err
	}
	var err error
	if k.ID, err = f.newKioskID(k.Name); err != nil {
		return "", nil, err
	}
	if err := f.add(ctx, tx, k, n); err != nil {
		return "", nil, err
	}
	length, err := tx.PINLength(ctx)
	if err != nil {
		return "", nil, err
	}
	_, committed, err := f.Universals.NewUniversal(ctx, tx, k.ID, length.Digits)
	if err != nil {
		return "", nil, err
	}
	return k.ID, committed, f.Audit.Record(ctx, tx, actor, "kiosk.create", k.ID, map[string]any{"name": k.Name, "zone": k.Zone})
}

// free says whether a kiosk may get another machine.
func (f *Fleet) free(ctx context.Context, tx *centraldb.Tx, kiosk string, force bool) error {
	k, err := tx.Kiosk(ctx, kiosk)
	if err != nil || force {
		return err
	}
	return Owes(k, f.Now())
}
