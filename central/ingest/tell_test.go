package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// say writes a record that is no punch.
func (k *kiosk) say(t testing.TB, at time.Time, b record.Body) {
	t.Helper()
	b.Stamp = attendance.Stamp{Real: at.UnixNano(), Zone: "Europe/Berlin"}
	text, err := record.Encode(b)
	if err != nil {
		t.Fatal(err)
	}
	k.write(t, text)
}

// people adds people with PINs of version 3, made an hour before start.
func (c *centre) people(names ...string) {
	c.t.Helper()
	var people []attendance.Person
	for _, n := range names {
		role := attendance.Regular
		if strings.HasPrefix(n, "boss") {
			role = attendance.Owner
		}
		people = append(people, attendance.Person{ID: n, Name: strings.ToUpper(n[:1]) + n[1:] + " Brandt", StaffNo: "1-" + n, Role: role, Active: true})
	}
	c.update(func(tx *centraldb.Tx) error {
		if err := tx.AddPeople(c.t.Context(), people, 1); err != nil {
			return err
		}
		for _, n := range names {
			if err := c.setPIN(tx, n, 3, start.Add(-time.Hour)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *centre) setPIN(tx *centraldb.Tx, person string, version uint64, at time.Time) error {
	return tx.SetPIN(c.t.Context(), centraldb.PIN{Kind: "personal", Subject: person, Version: version, Len: 4, Sealed: []byte{1}, Tag: []byte(person), ChangedAt: at.UnixNano()})
}

func (c *centre) update(f func(*centraldb.Tx) error) {
	c.t.Helper()
	if err := c.db.Update(c.t.Context(), f); err != nil {
		c.t.Fatal(err)
	}
}

// notices gives what admins are told, without times.
func (c *centre) notices() []centraldb.Notice {
	c.t.Helper()
	var out []centraldb.Notice
	c.update(func(tx *centraldb.Tx) error {
		var err error
		_, out, err = tx.Unmailed(c.t.Context(), 100)
		return err
	})
	return out
}

func (c *centre) titles() []string {
	var out []string
	for _, n := range c.notices() {
		out = append(out, n.Title)
	}
	return out
}

func (c *centre) requests() []string {
	c.t.Helper()
	page, total, err := c.db.PINRequests(c.t.Context(), 0, 100)
	if err != nil || total != len(page) {
		c.t.Fatal(total, err)
	}
	var out []string
	for _, r := range page {
		out = append(out, r.PersonName+" at "+r.KioskName)
	}
	return out
}

// take sends everything the kiosk has written since from and projects it.
func (c *centre) take(k *kiosk, from int) {
	c.t.Helper()
	c.ack(k.send(c.t, from, len(k.recs)))
	c.projectAll()
}

func TestForgottenPINIsARequestAndOneNotice(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.people("ada", "bob")
	c.now = start.Add(time.Hour)
	gate.say(t, start, record.Body{Type: record.Forgot, Person: "ada", PINVersion: 3})
	gate.punch(t, "bob", attendance.In, start)
	c.take(gate, 1)
	want := []centraldb.Notice{{
		At: c.now.UnixNano(), Kind: "pin.forgotten", Key: "forgot:1", Audience: centraldb.ToAdmins, Title: "Ada Brandt forgot their PIN",
		Body: "Ada Brandt (1-ada) asked for a new PIN at the kiosk gate, Mon 2 Mar 2026 at 09:00 (Europe/Berlin)." +
			"\n\nMake one on their page and hand it to them yourself: it works on the kiosk at once.",
		Path: "/team/ada#pin",
	}}
	if d := cmp.Diff(want, c.notices()); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff([]string{"Ada Brandt at gate"}, c.requests()); d != "" {
		t.Error(d)
	}
	select {
	case <-c.db.Noticed():
	default:
		t.Error("nobody heard of the notice")
	}

	// Two others within the hour ask again, by their own time or by ours: no mail more.
	c.now = start.Add(90 * time.Minute)
	gate.say(t, start.Add(50*time.Minute), record.Body{Type: record.Forgot, Person: "ada", PINVersion: 3})
	gate.say(t, start.Add(80*time.Minute), record.Body{Type: record.Forgot, Person: "ada", PINVersion: 3})
	c.take(gate, 3)
	if n := len(c.notices()); n != 1 || len(c.requests()) != 3 {
		t.Errorf("%d notices, %d requests", n, len(c.requests()))
	}
	c.update(func(tx *centraldb.Tx) error { return c.setPIN(tx, "ada", 3, start) }) // the same one under another key
	if n := len(c.requests()); n != 3 {
		t.Errorf("%d requests after a change of keys", n)
	}
	c.now = start.Add(3 * time.Hour)
	gate.say(t, start.Add(170*time.Minute), record.Body{Type: record.Forgot, Person: "ada", PINVersion: 3})
	c.take(gate, 5)
	if n := len(c.notices()); n != 2 {
		t.Errorf("%d notices after hours", n)
	}
	c.update(func(tx *centraldb.Tx) error { return c.setPIN(tx, "ada", 4, start) })
	if n := len(c.requests()); n != 0 {
		t.Errorf("%d requests are open after a new PIN", n)
	}
}

// Days of a kiosk without a network come in at once.
func TestBacklogOfRequestsIsOneMail(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.people("ada", "bob", "cy", "dan")
	for day := range 4 {
		for _, id := range []string{"ada", "bob", "cy", "dan", "nobody"} {
			gate.say(t, start.AddDate(0, 0, day), record.Body{Type: record.Forgot, Person: id, PINVersion: 3})
		}
	}
	c.now = start.AddDate(0, 0, 5)
	c.update(func(tx *centraldb.Tx) error {
		if err := c.setPIN(tx, "bob", 4, start.AddDate(0, 0, -9)); err != nil { // whatever the clocks say
			return err
		}
		cy, err := tx.Person(t.Context(), "cy")
		if err != nil {
			return err
		}
		cy.Active = false
		return tx.SetPerson(t.Context(), cy)
	})
	gate.say(t, start, record.Body{Type: record.Forgot, Person: "dan"}) // of a kiosk that tells no version
	c.take(gate, 1)
	if d := cmp.Diff([]string{"Ada Brandt forgot their PIN", "Dan Brandt forgot their PIN"}, c.titles()); d != "" {
		t.Error(d)
	}
	for _, r := range c.requests() {
		if !strings.HasPrefix(r, "Ada") && !strings.HasPrefix(r, "Dan") {
			t.Errorf("open: %s", r)
		}
	}
	if at := c.notices()[0].At; at != c.now.UnixNano() {
		t.Errorf("the notice is as old as the request: it would make no mail")
	}
}

func TestLocksAreKeptAndToldOnce(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	c.people("ada", "boss")
	c.now = start.Add(time.Hour)
	lock := func(person string, failures int, pin, unlock uint64) record.Body {
		return record.Body{Type: record.Lock, Person: person, Limit: "person", Failures: failures, PINVersion: pin, UnlockVersion: unlock}
	}
	for i, b := range []record.Body{
		lock("ada", 5, 3, 0), lock("ada", 9, 3, 0), lock("ada", 10, 2, 0), // the last: of an older PIN
		lock("ada", 10, 3, 0), lock("ada", 11, 3, 0), lock("boss", 8, 3, 0), lock("nobody", 10, 3, 0),
	} {
		gate.say(t, start.Add(time.Duration(i)*time.Minute), b)
	}
	lobby.say(t, start, lock("ada", 10, 3, 0))
	c.take(gate, 1)
	c.take(lobby, 1)
	if d := cmp.Diff([]string{"The PIN of Ada Brandt is locked", "The PIN of Boss Brandt is locked"}, c.titles()); d != "" {
		t.Error(d)
	}
	if b := c.notices()[0].Body; !strings.Contains(b, "wrong 10 times at the kiosk gate, the last time Mon 2 Mar 2026 at 09:03") {
		t.Error(b)
	}
}

// Somebody who stays below the lock at each kiosk is seen by the sum.
func TestFailuresAreAddedUpOverKiosks(t *testing.T) {
	t.Parallel()
	gate, lobby := newKiosk("gate"), newKiosk("lobby")
	c := newCentre(t, gate, lobby)
	c.people("ada")
	c.now = start.Add(time.Hour)
	lock := func(failures int, pin uint64) record.Body {
		return record.Body{Type: record.Lock, Person: "ada", Limit: "person", Failures: failures, PINVersion: pin}
	}
	gate.say(t, start, lock(5, 3))
	lobby.say(t, start, lock(9, 2)) // of an older PIN
	c.take(gate, 1)
	c.take(lobby, 1)
	if got := c.titles(); len(got) != 0 {
		t.Fatalf("told too early: %v", got)
	}
	lobby.say(t, start.Add(-time.Hour), lock(5, 3)) // its clock has gone back
	lobby.say(t, start, lock(6, 3))
	c.take(lobby, 2)
	if d := cmp.Diff([]string{"The PIN of Ada Brandt was typed wrong at several kiosks"}, c.titles()); d != "" {
		t.Fatal(d)
	}
	if b := c.notices()[0].Body; !strings.Contains(b, "wrong 10 times at 2 kiosks together, the last time at lobby") {
		t.Error(b)
	}
}

func TestLimitsOfAKioskAreToldOnceAnHour(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	c.now = start.Add(3 * time.Hour)
	for _, min := range []int{0, 10, 70} {
		for _, limit := range []string{"universal", "kiosk", "from the future"} {
			gate.say(t, start.Add(time.Duration(min)*time.Minute), record.Body{Type: record.Lock, Limit: limit, Failures: 40})
		}
	}
	c.take(gate, 1)
	one := []string{"Too many wrong PINs at gate: its Universal PIN rests", "Many wrong PINs at gate"}
	if d := cmp.Diff(append(one, one...), c.titles()); d != "" {
		t.Error(d)
	}
}

// Numbers that no kiosk counts to, from one that somebody has taken over, don't stop
// the punches of all others.
func TestAbsurdNumbersStopNothing(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]record.Body{
		"PIN's version":    {Type: record.Lock, Person: "ada", Limit: "person", Failures: 10, PINVersion: 1 << 63},
		"unlock's version": {Type: record.Lock, Person: "ada", Limit: "person", Failures: 10, PINVersion: 3, UnlockVersion: 1<<64 - 1},
		"failures":         {Type: record.Lock, Person: "ada", Limit: "person", Failures: -1 << 63, PINVersion: 3},
		"many failures":    {Type: record.Lock, Person: "ada", Limit: "person", Failures: 1<<63 - 1, PINVersion: 3},
		"request":          {Type: record.Forgot, Person: "ada", PINVersion: 1<<64 - 1, UnlockVersion: 1 << 63},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad, gate := newKiosk("bad"), newKiosk("gate")
			c := newCentre(t, bad, gate)
			c.people("ada", "bob")
			for range 2 { // a sum of two is absurd, too
				bad.say(t, start, b)
			}
			c.take(bad, 1)
			bad2 := record.Body{Type: record.Lock, Person: "ada", Limit: "person", Failures: 1<<63 - 1, PINVersion: 3}
			gate.say(t, start, bad2)
			gate.punch(t, "bob", attendance.In, start)
			c.take(gate, 1)
			if c.presence("bob").State != attendance.StateIn {
				t.Error("the punch did not arrive")
			}
		})
	}
}

// A kiosk that somebody has taken over may say whatever about the time: that makes no
// more mails than there are hours in a day.
func TestMadeUpHoursMakeNoFlood(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	for h := range 60 {
		gate.say(t, start.Add(time.Duration(h-30)*time.Hour), record.Body{Type: record.Lock, Limit: "universal", Failures: 1})
	}
	c.now = start
	c.take(gate, 1)
	if n := len(c.titles()); n > 28 {
		t.Errorf("%d notices", n)
	}
}

// A kiosk in bad hands asks for a new PIN for everybody: admins get no more mails
// of it than an honest kiosk would cause, and every request is kept.
func TestAskingForEverybodyMakesNoFlood(t *testing.T) {
	t.Parallel()
	gate := newKiosk("gate")
	c := newCentre(t, gate)
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("p-%02d", i))
	}
	c.people(names...)
	for _, n := range names {
		gate.say(t, start, record.Body{Type: record.Forgot, Person: n, PINVersion: 3})
	}
	c.now = start
	c.take(gate, 1)
	_, open, err := c.db.PINRequests(t.Context(), 0, 100)
	if err != nil || open != len(names) || len(c.titles()) != 20 {
		t.Errorf("%d requests, %d notices, %v", open, len(c.titles()), err)
	}
}
