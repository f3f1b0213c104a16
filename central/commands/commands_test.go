package commands_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(seed byte) ed25519.PublicKey { return keyOf(seed).Public().(ed25519.PublicKey) }

// desk is a database with the enrolled kiosk door, whose record key is 7, and the
// kiosk new; and what was pushed.
type desk struct {
	t      *testing.T
	db     *centraldb.DB
	c      *commands.Commands
	now    time.Time
	pushed []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)}
	var err error
	d.db, err = centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	d.must(err)
	t.Cleanup(func() { d.must(d.db.Close()) })
	d.must(d.db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 3, PINLen: 4}))
	d.update(func(tx *centraldb.Tx) error {
		for _, k := range []string{"door", "new"} {
			if err := tx.AddKiosk(context.Background(), attendance.Kiosk{ID: k, Name: "The " + k, Zone: "UTC"}, 1); err != nil {
				return err
			}
		}
		return nil
	})
	d.enrol(7)
	clock, ids := func() time.Time { return d.now }, 0
	d.c = commands.New(commands.Config{
		Org: "acme", Store: d.db, Audit: audit.New(d.db, clock), Signer: wire.NewSigner(keyOf(1)),
		NewID: func() string { ids++; return fmt.Sprint("id-", ids) }, Publisher: d, Now: clock, Log: slog.New(slog.DiscardHandler),
	})
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) update(f func(*centraldb.Tx) error) {
	d.t.Helper()
	d.must(d.db.Update(context.Background(), f))
}

func (d *desk) enrol(seed byte) {
	d.t.Helper()
	d.update(func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(context.Background(), "door")
		if err != nil {
			return err
		}
		k.Status, k.RecordKey, k.SealKey, k.CertSHA256, k.EnrolledAt = centraldb.KioskEnrolled, public(seed), []byte{seed}, "c", int64(seed)
		return tx.SetKioskIdentity(context.Background(), k)
	})
}

func shown(list []wire.Command) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%d.%d %s", c.Gen, c.N, c.Verb))
	}
	return strings.Join(out, ", ")
}

// Publish reads what is pushed as the kiosk does.
func (d *desk) Publish(_ context.Context, m wire.Message) error {
	d.t.Helper()
	topic, e, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) { return public(1), nil })
	var list wire.Commands
	if err != nil || topic.Channel != wire.DownPush || e.Type != wire.TypeCommands || e.Decode(&list) != nil {
		d.t.Errorf("%v %v %v", topic, e.Type, err)
	}
	d.pushed = append(d.pushed, topic.Kiosk+": "+shown(list.List))
	return nil
}

func (d *desk) ask(verb string) uint64 {
	d.t.Helper()
	row, err := d.c.Ask(d.t.Context(), "boss@acme.example", commands.Order{Kiosk: "door", Verb: verb})
	d.must(err)
	return row.N
}

// hears gives what the door hears that has begun everything up to n.
func (d *desk) hears(seed byte, gen, n uint64) string {
	d.t.Helper()
	list, err := d.c.For(d.t.Context(), "door", public(seed), wire.CommandMark{Gen: gen, N: n})
	d.must(err)
	return shown(list)
}

func (d *desk) ends(n uint64, ok bool, said string) {
	d.t.Helper()
	d.update(func(tx *centraldb.Tx) error {
		return d.c.Ended(context.Background(), tx, "door", d.now.UnixNano(), record.Body{Type: record.CommandDone, Gen: 3, Command: n, OK: ok, Note: said})
	})
}

// states gives how each command stands, the oldest first.
func (d *desk) states() string {
	d.t.Helper()
	all, err := d.db.Commands(d.t.Context(), "door", 100)
	d.must(err)
	var out []string
	for _, c := range all {
		state := c.Ended
		switch {
		case state != "":
		case c.BegunAt != 0:
			state = "begun"
		case c.SentAt != 0:
			state = "sent"
		default:
			state = "waiting"
		}
		out = append([]string{fmt.Sprintf("%d %s %s", c.N, state, c.Said)}, out...)
	}
	return strings.Join(out, "|")
}

func (d *desk) same(got, want string) {
	d.t.Helper()
	if diff := cmp.Diff(want, strings.TrimSpace(got)); diff != "" {
		d.t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestALife(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask(wire.VerbSync)
	d.ask(wire.VerbRestart)
	d.same(d.states(), "1 waiting |2 waiting")
	d.same(d.hears(7, 0, 0), "3.1 sync, 3.2 restart")
	d.same(d.states(), "1 sent |2 sent")
	d.same(d.hears(7, 3, 1), "3.2 restart")
	d.same(d.hears(7, 0, 0), "3.2 restart") // it has lost its count: what it has begun does not come again
	d.same(d.states(), "1 begun |2 sent")
	d.ends(1, true, "All is sent.")
	d.ends(1, false, "A second word.")
	d.ends(9, true, "Never given.")
	d.same(d.states(), "1 done All is sent.|2 sent")
	d.ends(2, false, "No.")
	d.same(d.hears(7, 3, 2), "")
	d.same(d.states(), "1 done All is sent.|2 failed No.")
	d.same(strings.Join(d.pushed, "|"), "door: 3.1 sync|door: 3.1 sync, 3.2 restart")
	rows, err := d.db.Audit(t.Context(), 0, 100)
	d.must(err)
	var said []string
	for _, r := range rows {
		said = append(said, r.Actor+" "+r.Action+" "+r.Detail)
	}
	d.same(strings.Join(said, "\n"), `boss@acme.example kiosk.command {"command":1,"verb":"sync"}
boss@acme.example kiosk.command {"command":2,"verb":"restart"}
kiosk:door kiosk.command.end {"command":1,"ended":"done","said":"All is sent.","verb":"sync"}
kiosk:door kiosk.command.end {"command":2,"ended":"failed","said":"No.","verb":"restart"}`)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one, two := d.ask(wire.VerbSync), d.ask(wire.VerbRefetch)
	d.hears(7, 3, one)
	if err := d.c.Cancel(t.Context(), "boss", "door", one); !problem.Is(err, problem.Conflict) {
		t.Errorf("one that has begun: %v", err)
	}
	d.must(d.c.Cancel(t.Context(), "boss", "door", two))
	if err := d.c.Cancel(t.Context(), "boss", "door", two); !problem.Is(err, problem.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if err := d.c.Cancel(t.Context(), "boss", "door", 9); !problem.Is(err, problem.NotFound) {
		t.Errorf("none: %v", err)
	}
	d.same(d.hears(7, 3, one), "")
	d.same(d.pushed[len(d.pushed)-1], "door:")
	d.same(d.states(), "1 begun |2 cancelled")
	d.ends(2, true, "It ran all the same.")
	d.same(d.states(), "1 begun |2 done It ran all the same.")
}

func TestExpire(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask(wire.VerbSync)
	d.hears(7, 3, 1)
	d.now = d.now.Add(time.Hour)
	d.ask(wire.VerbRestart)
	d.now = d.now.Add(commands.Lifetime - time.Hour)
	d.must(d.c.Expire(t.Context()))
	d.same(d.states(), "1 expired It began, and nothing was heard of how it went.|2 waiting")
	d.now = d.now.Add(time.Hour)
	d.same(d.hears(7, 3, 1), "")
	d.must(d.c.Expire(t.Context()))
	d.same(d.states(), "1 expired It began, and nothing was heard of how it went.|2 expired The kiosk was not there for it.")
	d.ends(1, true, "Late.")
	d.same(d.states(), "1 done Late.|2 expired The kiosk was not there for it.")
}

// Another machine in the kiosk's place is told nothing that was meant for the one before.
func TestAnotherMachine(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask(wire.VerbRestart)
	d.enrol(8)
	d.same(d.hears(8, 0, 0), "")
	d.ask(wire.VerbSync)
	d.same(d.hears(8, 0, 0), "3.2 sync")
	d.must(d.c.Expire(t.Context()))
	d.same(d.states(), "1 expired The machine it was for is this kiosk no longer.|2 sent")
}

// A server that was restored counts on under its new generation.
func TestRestored(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask(wire.VerbSync)
	if _, err := d.db.RaiseGeneration(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	d.ask(wire.VerbSync)
	d.same(d.hears(7, 3, 9), "4.2 sync")
}

// A message is one line of at most 200 letters, for an hour where nobody says how long.
func TestMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, c := range map[string]struct {
		verb, text string
		minutes    int
		field      string // wrong; "": none
		want       string
	}{
		"plain":                {wire.VerbMessage, "  Fire drill\n at ten. ", 0, "", "Fire drill at ten. 60"},
		"for a day":            {wire.VerbMessage, "x", 1440, "", "x 1440"},
		"for longer":           {wire.VerbMessage, "x", 1441, "minutes", ""},
		"for less":             {wire.VerbMessage, "x", -1, "minutes", ""},
		"longest":              {wire.VerbMessage, strings.Repeat("ü", 200), 5, "", strings.Repeat("ü", 200) + " 5"},
		"too long":             {wire.VerbMessage, strings.Repeat("ü", 201), 5, "text", ""},
		"off":                  {wire.VerbMessage, "", 0, "", " 0"},
		"nothing for a time":   {wire.VerbMessage, " ", 5, "text", ""},
		"not UTF-8":            {wire.VerbMessage, "\xff", 5, "text", ""},
		"a text for a restart": {wire.VerbRestart, "x", 0, "text", ""},
		"a time for a restart": {wire.VerbRestart, "", 1, "minutes", ""},
	} {
		got, err := d.c.Ask(t.Context(), "boss", commands.Order{Kiosk: "door", Verb: c.verb, Text: c.text, Minutes: c.minutes})
		if c.field != "" {
			if p := problem.From(err); p.Code != problem.Invalid || p.Detail["field"] != c.field {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if have := fmt.Sprint(got.Text, " ", got.Minutes); err != nil || have != c.want {
			t.Errorf("%s: %q, %v", name, have, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, c := range map[string]struct {
		kiosk, verb string
		code        problem.Code
	}{
		"no verb":        {"door", "dance", problem.Invalid},
		"a wipe":         {"door", wire.VerbWipe, problem.Invalid},
		"no kiosk":       {"none", wire.VerbSync, problem.NotFound},
		"not enrolled":   {"new", wire.VerbSync, problem.Conflict},
		"nothing at all": {"", "", problem.Invalid},
	} {
		if _, err := d.c.Ask(t.Context(), "boss", commands.Order{Kiosk: c.kiosk, Verb: c.verb}); !problem.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range wire.MaxCommands {
		d.ask(wire.VerbSync)
	}
	if _, err := d.c.Ask(t.Context(), "boss", commands.Order{Kiosk: "door", Verb: wire.VerbSync}); !problem.Is(err, problem.Conflict) {
		t.Errorf("one too many: %v", err)
	}
}
