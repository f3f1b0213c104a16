package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
)

// clock is one kioskd as a process, driven over its socket as the screen does.
type clock struct {
	id        string
	universal string // the Universal PIN
	dir       string
	socket    string
	proc      *process
	local     *local.Client
}

// newClock creates a kiosk at central, lists everybody on it, enrols it and
// starts its daemon.
func newClock(t *testing.T, c *centre, name string, requiresPIN bool) *clock {
	t.Helper()
	w := enrolledClock(t, c, name, requiresPIN)
	w.up(t)
	return w
}

// enrolledClock is a kiosk whose daemon has never run.
func enrolledClock(t *testing.T, c *centre, name string, requiresPIN bool) *clock {
	t.Helper()
	w, code := createdClock(t, c, name, requiresPIN)
	if requiresPIN { // the Universal PIN too
		awaitHashed(t, c)
	}
	run(t, nil, bin(t, "kioskd"), "enrol", "--data", w.data(), code.URL)
	return w
}

// createdClock is a kiosk that central knows and no machine is yet.
func createdClock(t *testing.T, c *centre, name string, requiresPIN bool) (*clock, client.Code) {
	t.Helper()
	k, err := c.api.CreateKiosk(t.Context(), client.NewKiosk{Name: name, RequiresPIN: &requiresPIN})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.api.Assign(t.Context(), k.ID, client.Assignments{Everyone: true}); err != nil {
		t.Fatal(err)
	}
	code, err := c.api.EnrolmentCode(t.Context(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	dir := shortDir(t)
	w := &clock{id: k.ID, universal: k.UniversalPIN, dir: dir, socket: filepath.Join(dir, "s")}
	w.local = local.Dial(w.socket)
	t.Cleanup(w.local.Close)
	return w, code
}

// data is where the daemon keeps its keys and databases.
func (w *clock) data() string { return filepath.Join(w.dir, "data") }

// launch starts the daemon; extra goes to kioskd run.
func (w *clock) launch(t *testing.T, env []string, extra ...string) {
	t.Helper()
	w.proc = start(t, w.dir, "kioskd", env,
		append([]string{bin(t, "kioskd"), "run", "--data", w.data(), "--socket", w.socket}, extra...)...)
}

// up starts the daemon and waits until people could clock in.
func (w *clock) up(t *testing.T) {
	t.Helper()
	w.launch(t, nil)
	eventually(t, 30*time.Second, "kioskd answers with a roster", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.Enrolled && s.People > 0
	})
}

// punch lets a person do what is first among the valid actions, with a note that
// names the punch. It needs a kiosk that requires no PIN.
func (w *clock) punch(t *testing.T, person, note string) (local.Receipt, error) {
	t.Helper()
	return w.punchWith(t, person, "", note)
}

// punchWith is punch by a PIN.
func (w *clock) punchWith(t *testing.T, person, digits, note string) (local.Receipt, error) {
	t.Helper()
	a := local.Attempt{Person: person}
	if digits != "" {
		var err error
		if a.PIN, err = pin.Parse(digits); err != nil {
			t.Fatal(err)
		}
	}
	s, err := w.local.Identify(t.Context(), a)
	if err != nil {
		return local.Receipt{}, fmt.Errorf("identify: %w", err)
	}
	action := attendance.In
	if s.Person.State != attendance.StateOut {
		action = attendance.Out
	}
	return w.local.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: action, Note: note})
}

// people gives the first page of who is listed.
func (w *clock) people(t *testing.T) ([]local.PersonCard, error) {
	t.Helper()
	page, err := w.local.People(t.Context(), local.PeopleQuery{Limit: 200})
	return page.People, err
}
