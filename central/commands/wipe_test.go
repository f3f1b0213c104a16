package commands_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

func (d *desk) wipe(confirm string, force bool) error {
	d.t.Helper()
	_, err := d.c.Wipe(d.t.Context(), "me", commands.Wiping{Kiosk: "door", Confirm: confirm, Force: force})
	return err
}

func (d *desk) kiosk() centraldb.Kiosk {
	d.t.Helper()
	k, err := d.db.Kiosk(d.t.Context(), "door")
	d.must(err)
	return k
}

// titles gives the titles of the notices that were written, oldest first.
func (d *desk) titles() string {
	d.t.Helper()
	var out []string
	d.update(func(tx *centraldb.Tx) error {
		_, notices, err := tx.Unmailed(context.Background(), 10)
		for _, n := range notices {
			out = append(out, n.Title)
		}
		return err
	})
	return strings.Join(out, "|")
}

// Only whoever types the kiosk's name clears its machine, and once; the order does not
// expire, and when it is carried out the identity that the machine has forgotten is over.
func TestWipe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.wipe("the other", true); problem.From(err).Detail["field"] != "confirm" {
		t.Errorf("with a wrong name: %v", err)
	}
	if _, err := d.c.Ask(t.Context(), "me", commands.Order{Kiosk: "door", Verb: wire.VerbWipe}); !problem.Is(err, problem.Invalid) {
		t.Errorf("asked for like any other: %v", err)
	}
	d.must(d.wipe(" the DOOR ", false))
	if err := d.wipe("The door", true); !problem.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	d.now = d.now.Add(90 * 24 * time.Hour)
	d.must(d.c.Expire(t.Context()))
	d.same(d.states(), "1 waiting")
	d.must(d.c.Cancel(t.Context(), "me", "door", 1))
	d.must(d.wipe("The door", true))
	if list, err := d.c.For(t.Context(), "door", public(7), wire.CommandMark{}); err != nil || len(list) != 1 || !list[0].Force {
		t.Errorf("%+v, %v", list, err)
	}
	d.ends(2, true, "It forgets everything.")
	d.same(d.states(), "1 cancelled |2 done It forgets everything.")
	if k := d.kiosk(); k.Status != centraldb.KioskRevoked {
		t.Error(k.Status)
	}
	all, err := d.db.Identities(t.Context(), "door")
	if err != nil || len(all) != 1 || all[0].Ended != centraldb.IdentityWiped {
		t.Errorf("%+v, %v", all, err)
	}
	d.same(d.titles(), "")
}

// Whoever counts on it is told where it failed or nothing was heard of it, and the kiosk
// stays as it was.
func TestWipeThatWasNot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.wipe("The door", false))
	d.ends(1, false, "Punches set aside on this kiosk have not been handed in.")
	d.must(d.wipe("The door", true))
	d.same(d.hears(7, 3, 2), "")
	d.now = d.now.Add(commands.Lifetime)
	d.must(d.c.Expire(t.Context()))
	d.same(d.states(), "1 failed Punches set aside on this kiosk have not been handed in.|2 expired It began, and nothing was heard of how it went.")
	d.same(d.titles(), "“The door” has not said that it cleared itself")
	if k := d.kiosk(); k.Status != centraldb.KioskEnrolled {
		t.Error(k.Status)
	}
	d.ends(2, true, "It forgets everything.")
	if k := d.kiosk(); k.Status != centraldb.KioskRevoked {
		t.Error("heard of late:", k.Status)
	}
}

// A result that comes from the machine before does not cut off the one that took its place.
func TestWipeOfTheMachineBefore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.must(d.wipe("The door", true))
	d.enrol(8)
	d.ends(1, true, "It forgets everything.")
	if k := d.kiosk(); k.Status != centraldb.KioskEnrolled {
		t.Error(k.Status)
	}
}
