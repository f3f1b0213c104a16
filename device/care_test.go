package device_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

var (
	_ local.Caretaker = (*device.Terminal)(nil)
	_ local.Mechanic  = (*device.Terminal)(nil)
)

const adaPIN = "864209"

// upkeep is a machine that notes what it is asked for.
type upkeep struct {
	asked []string
	err   error
}

func (u *upkeep) Facts(context.Context) (device.Facts, error) {
	return device.Facts{
		Server: "central:8883", Addresses: []string{"10.0.0.7"}, Current: 5, Oldest: 6, Offset: -7, KeyTier: "file",
		Software: "1.2", Started: 8, DiskFree: 9, Cert: 10, Readers: []local.Reader{{ID: "08ff:0009", Name: "Reader", Attached: true}},
	}, u.err
}

func (u *upkeep) SyncNow(context.Context) error {
	u.asked = append(u.asked, "sync")
	return u.err
}

func (u *upkeep) Diagnostics(_ context.Context, send bool) ([]byte, error) {
	u.asked = append(u.asked, fmt.Sprint("diagnostics ", send))
	return []byte("archive"), u.err
}

func (u *upkeep) Restart() { u.asked = append(u.asked, "restart") }

func (u *upkeep) LearnReader(context.Context) (local.Reader, error) {
	u.asked = append(u.asked, "learn")
	return local.Reader{ID: "08ff:0009"}, u.err
}

// careWorld has an owner who is on the list, and an admin who is on none.
func careWorld(t *testing.T) (*world, *upkeep) {
	t.Helper()
	w, u := newWorld(t), &upkeep{}
	w.upkeep = u
	w.crash()
	w.apply(w.unlisted("ada", attendance.Admin, adaPIN))
	return w, u
}

// unlisted gives a row of somebody who is not on this kiosk's list.
func (w *world) unlisted(id string, role attendance.Role, digits string) wire.Row {
	w.t.Helper()
	s := w.sealed(pin.Personal, id, string(role), digits, 1)
	return row(w.t, wire.KindPerson, id, wire.PersonRow{
		Person: attendance.Person{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Role: role, Active: true, Lang: "pl"}, PIN: &s,
	})
}

func (w *world) tryCare(person, digits string) (local.Condition, error) {
	w.t.Helper()
	a := local.Attempt{Person: person}
	if digits != "" {
		p, err := pin.Parse(digits)
		must(w.t, err)
		a.PIN = p
	}
	return w.terminal.Care(w.t.Context(), a)
}

func TestOwnersAndAdminsOpenMaintenance(t *testing.T) {
	t.Parallel()
	w, _ := careWorld(t)
	who, err := w.terminal.Caretakers(t.Context())
	must(t, err)
	if diff := cmp.Diff([]local.PersonCard{{ID: "ada", Name: "Ada"}, {ID: "olga", Name: "Olga"}}, who); diff != "" {
		t.Error(diff)
	}
	w.tick() // the roster is noted
	for person, digits := range map[string]string{"ada": adaPIN, "olga": ownerPIN} {
		c, err := w.tryCare(person, digits)
		must(t, err)
		if len(c.Session) != 22 || !strings.EqualFold(c.Name, person) || c.KioskName != "Front door" || person == "ada" && c.Speaks != "pl" || c.Fetched != w.m.real.UnixMilli() {
			t.Errorf("%s: %+v", person, c)
		}
		if c.Server != "central:8883" || c.Oldest != 6 || c.Offset != -7 || c.KeyTier != "file" || c.Software != "1.2" ||
			c.Started != 8 || c.DiskFree != 9 || c.Cert != 10 || len(c.Addresses) != 1 || len(c.Readers) != 1 {
			t.Errorf("%s: %+v", person, c)
		}
	}
	// A kiosk that asks nobody else for a PIN asks who looks after it.
	w.apply(w.settings(false))
	if _, err := w.tryCare("ada", ""); !problem.Is(err, problem.Invalid) {
		t.Errorf("without a PIN: %v", err)
	}
	if _, err := w.tryCare("ada", "1234"); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("with a wrong one: %v", err)
	}
	if _, err := w.tryCare("ada", adaPIN); err != nil {
		t.Errorf("with the right one: %v", err)
	}
	if f, err := w.terminal.Facts(t.Context()); err != nil || f.Session != "" || f.Name != "" || f.Server == "" {
		t.Errorf("facts for everybody: %+v, %v", f, err)
	}
}

// Whoever may not is refused as somebody with a wrong PIN is, charged the same,
// and learns nothing: neither that the PIN was right, nor who may.
func TestNobodyElseOpensMaintenance(t *testing.T) {
	t.Parallel()
	w, _ := careWorld(t)
	for i, digits := range []string{annPIN, universalPIN, wrongPIN} {
		_, err := w.tryCare("ann", digits)
		e := problem.From(err)
		if !problem.Is(err, problem.Unauthenticated) || e.Message != "That PIN is not right." || e.Detail["tries_left"] != 4-i {
			t.Errorf("guess %d: %v %v", i, err, e.Detail)
		}
	}
	w.refused("ann", "1111", problem.Unauthenticated) // the fourth: the counter is the same one
	w.refused("ann", "2222", problem.Limited)
	if _, err := w.tryCare("ann", annPIN); !problem.Is(err, problem.Limited) {
		t.Errorf("after five: %v", err)
	}
	if _, err := w.tryCare("olga", universalPIN); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("the Universal PIN opens an owner's: %v", err)
	}
	if _, err := w.tryCare("nobody", "1234"); !problem.Is(err, problem.NotFound) {
		t.Errorf("nobody: %v", err)
	}
	if strings.Contains(w.log.String(), "maintenance opened") {
		t.Error("the log says that it was opened")
	}
}

func TestAnAdminIsLockedInMaintenanceToo(t *testing.T) {
	t.Parallel()
	w, _ := careWorld(t)
	w.terminal.SetLink(true, w.m.real)
	wrong := wrongPINs()
	for range 8 {
		if _, err := w.tryCare("ada", wrong()); err == nil {
			t.Fatal("a wrong PIN is right")
		}
		w.m.pass(15 * time.Minute)
	}
	if _, err := w.tryCare("ada", adaPIN); !problem.Is(err, problem.Locked) {
		t.Errorf("after eight: %v", err)
	}
	if b := w.bodies(0, record.Lock); len(b) != 4 || b[3].Person != "ada" || b[3].Failures != 8 {
		t.Errorf("lock records: %+v", b)
	}
}

// What a success gives back is on disk at once: the next crash loses no try.
func TestOpeningMaintenanceGivesTheGuessBack(t *testing.T) {
	t.Parallel()
	w, _ := careWorld(t)
	for range 12 {
		if _, err := w.tryCare("olga", ownerPIN); err != nil {
			t.Fatal(err)
		}
		w.crash()
	}
	w.in("olga", ownerPIN)
}

func TestMaintenanceEnds(t *testing.T) {
	t.Parallel()
	w, _ := careWorld(t)
	open := func(want problem.Code, id string) {
		t.Helper()
		if _, err := w.terminal.Condition(t.Context(), id); problem.CodeOf(err) != want {
			t.Errorf("err = %v, want %q", err, want)
		}
	}
	enter := func() string {
		t.Helper()
		c, err := w.tryCare("ada", adaPIN)
		must(t, err)
		return c.Session
	}
	id := enter()
	for range 4 {
		w.m.pass(local.CareIdle - time.Millisecond)
		open("", id)
	}
	w.m.pass(local.CareIdle)
	open(problem.Expired, id)
	open(problem.Expired, "")

	id = enter()
	must(t, w.terminal.End(t.Context(), id))
	open(problem.Expired, id)

	first, second := enter(), enter()
	open(problem.Expired, first)
	open("", second)
	w.apply(w.unlisted("ada", attendance.Regular, adaPIN))
	open(problem.Expired, second)

	// It is no session that punches, and theirs is none for this.
	w.apply(w.unlisted("ada", attendance.Admin, adaPIN))
	id = enter()
	if _, err := w.terminal.Punch(t.Context(), local.PunchRequest{Session: id, Action: attendance.In}); !problem.Is(err, problem.Expired) {
		t.Errorf("a caretaker's session punches: %v", err)
	}
	open(problem.Expired, w.in("olga", ownerPIN).ID)
}

func TestTheRollCall(t *testing.T) {
	t.Parallel()
	w, _ := careWorld(t)
	w.punch(w.in("olga", ownerPIN), attendance.In)
	w.punch(w.in("bob", bobPIN), attendance.In)
	w.m.pass(2 * time.Minute)
	w.punch(w.in("bob", bobPIN), attendance.BreakStart)
	c, err := w.tryCare("ada", adaPIN)
	must(t, err)
	r, err := w.terminal.RollCall(t.Context(), c.Session)
	must(t, err)
	if r.Out != 1 || len(r.People) != 2 || r.People[0].Name != "Bob" || r.People[0].State != attendance.StateBreak ||
		r.People[1].Name != "Olga" || r.People[1].State != attendance.StateIn || r.At != w.m.real.UnixMilli() {
		t.Errorf("%+v", r)
	}
	if _, err := w.terminal.RollCall(t.Context(), "made up"); !problem.Is(err, problem.Expired) {
		t.Errorf("without a session: %v", err)
	}
}

func TestWhatACaretakerCanDo(t *testing.T) {
	t.Parallel()
	w, u := careWorld(t)
	do := func(session string) []error {
		_, learn := w.terminal.LearnReader(t.Context(), session)
		return []error{learn, w.terminal.SyncNow(t.Context(), session), w.terminal.Restart(t.Context(), session), w.terminal.Diagnose(t.Context(), session)}
	}
	for _, err := range do("made up") {
		if !problem.Is(err, problem.Expired) || len(u.asked) != 0 {
			t.Fatalf("without a session: %v, %v", err, u.asked)
		}
	}
	c, err := w.tryCare("ada", adaPIN)
	must(t, err)
	must(t, errors.Join(do(c.Session)...))
	if diff := cmp.Diff([]string{"learn", "sync", "restart", "diagnostics true"}, u.asked); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"wish=sync", "wish=\"learn reader\"", "wish=restart", "person=ada"} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log does not tell %s", want)
		}
	}
	u.err = problem.New(problem.Unavailable, "no answer", "")
	if errs := do(c.Session); !problem.Is(errs[0], problem.Unavailable) || !problem.Is(errs[1], problem.Unavailable) {
		t.Errorf("%v", errs)
	}
}
