package device_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func TestMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.in("ann", annPIN)
	at := w.m.real.Add(-26 * time.Hour)
	ask := local.Missed{Session: s.ID, Action: attendance.Out, At: at.UnixMilli(), Reason: "  Left by the back door  "}
	got, err := w.terminal.Missed(t.Context(), ask)
	must(t, err)
	if want := (local.Asked{Person: "Ann", At: w.m.real.UnixMilli()}); got != want {
		t.Errorf("asked = %+v", got)
	}
	b := w.bodies(0, record.Request)
	want := record.Body{
		V: 1, Type: record.Request, Stamp: b[0].Stamp, Person: "ann", Action: attendance.Out,
		Auth: attendance.AuthPersonal, Claim: at.UnixNano(), Note: "Left by the back door",
	}
	if diff := cmp.Diff([]record.Body{want}, b); diff != "" {
		t.Error(diff)
	}
	w.m.pass(10 * time.Second)
	again, err := w.terminal.Missed(t.Context(), ask)
	if want := (local.Asked{Person: "Ann", At: got.At, Repeated: true}); again != want || err != nil {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if n := len(w.bodies(0, record.Request)); n != 1 {
		t.Errorf("%d records", n)
	}
	w.punch(s, attendance.In) // the session goes on
}

func TestMissedRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.in("ann", annPIN)
	good := local.Missed{Session: s.ID, Action: attendance.In, At: w.m.real.Add(-time.Hour).UnixMilli(), Reason: "x"}
	for field, spoil := range map[string]func(*local.Missed){
		"action":   func(m *local.Missed) { m.Action = attendance.Switch },
		"action ":  func(m *local.Missed) { m.Action = attendance.Unresolved },
		"action  ": func(m *local.Missed) { m.Action = "dance" },
		"at":       func(m *local.Missed) { m.At = w.m.real.Add(time.Minute).UnixMilli() },
		"at ": func(m *local.Missed) {
			m.At = w.m.real.AddDate(0, 0, -local.MissedWithinDays).Add(-time.Minute).UnixMilli()
		},
		"at  ":     func(m *local.Missed) { m.At = -1 << 62 },
		"reason":   func(m *local.Missed) { m.Reason = " \u00a0 " },
		"reason ":  func(m *local.Missed) { m.Reason = strings.Repeat("x", attendance.MaxNote+1) },
		"reason  ": func(m *local.Missed) { m.Reason = "a\nb" },
		"reason 4": func(m *local.Missed) { m.Reason = "\xff" },
	} {
		m := good
		spoil(&m)
		_, err := w.terminal.Missed(t.Context(), m)
		if want, _, _ := strings.Cut(field, " "); !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != want {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := w.terminal.Missed(t.Context(), local.Missed{Session: "made up"}); !problem.Is(err, problem.Expired) {
		t.Errorf("no session: %v", err)
	}
	for i := range 10 {
		good.At -= int64(i)
		if _, err := w.terminal.Missed(t.Context(), good); err != nil {
			t.Fatal(err)
		}
	}
	w.m.pass(time.Second)
	good.At -= 99
	_, err := w.terminal.Missed(t.Context(), good)
	if !problem.Is(err, problem.Limited) || problem.From(err).Detail["wait_ms"] != (24*time.Hour-time.Second).Milliseconds() {
		t.Errorf("the eleventh: %v", err)
	}
	w.m.pass(24 * time.Hour)
	good.Session = w.in("ann", annPIN).ID
	if _, err = w.terminal.Missed(t.Context(), good); err != nil {
		t.Errorf("a day later: %v", err)
	}
	if n := len(w.bodies(0, record.Request)); n != 11 {
		t.Errorf("%d records", n)
	}
}

// Nobody asks, or looks, in somebody else's name.
func TestOnlyForThePersonThemselves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(s local.Session) (h, m error) {
		_, h = w.terminal.Hours(t.Context(), s.ID)
		_, m = w.terminal.Missed(t.Context(), local.Missed{Session: s.ID, Action: attendance.In, At: w.m.real.UnixMilli(), Reason: "x"})
		return h, m
	}
	if h, m := ask(w.in("ann", universalPIN)); !problem.Is(h, problem.Forbidden) || !problem.Is(m, problem.Forbidden) {
		t.Errorf("a supervisor: %v, %v", h, m)
	}
	team, err := w.tryTeam(universalPIN)
	must(t, err)
	if h, m := ask(local.Session{ID: team.ID}); !problem.Is(h, problem.Expired) || !problem.Is(m, problem.Expired) {
		t.Errorf("a team: %v, %v", h, m)
	}
	w.apply(w.settings(false))
	if h, m := ask(w.in("ann", "")); !problem.Is(h, problem.Forbidden) || !problem.Is(m, problem.Forbidden) {
		t.Errorf("anybody: %v, %v", h, m)
	}
	if n := len(w.bodies(0, record.Request)); n != 0 {
		t.Errorf("%d records", n)
	}
}

func TestNotListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(name string, a attendance.Action) (local.Receipt, error) {
		return w.terminal.NotListed(t.Context(), local.Newcomer{Name: name, Action: a})
	}
	if _, err := ask("Zoë", attendance.In); !problem.Is(err, problem.Conflict) {
		t.Errorf("not offered: %v", err)
	}
	w.apply(w.set(func(s *wire.SettingsRow) { s.Habits.NotListed = true }))
	for field, n := range map[string]local.Newcomer{
		"action": {Name: "Zoë", Action: attendance.BreakStart}, "action ": {Name: "Zoë"},
		"name": {Action: attendance.In}, "name ": {Name: " 12-3 ", Action: attendance.In},
		"name  ": {Name: strings.Repeat("é", 101), Action: attendance.In}, "name 4": {Name: "Z\x00oe", Action: attendance.In}, "name 5": {Name: "Z\xff", Action: attendance.In},
	} {
		_, err := ask(n.Name, n.Action)
		if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != strings.Fields(field)[0] {
			t.Errorf("%+v: %v", n, err)
		}
	}
	r, err := ask("  Zoë  王 ", attendance.In)
	must(t, err)
	b := w.bodies(0, record.Unlisted)
	want := local.Receipt{
		Person: "Zoë 王", Action: attendance.In, At: w.m.real.UnixMilli(), Zone: "Europe/Berlin", Auth: attendance.AuthNone, Seq: r.Seq, Queue: r.Queue,
	}
	if diff := cmp.Diff(want, r); diff != "" || r.Seq == 0 || r.Queue == 0 {
		t.Error(diff)
	}
	if len(b) != 1 || b[0].Name != "Zoë 王" || b[0].Action != attendance.In || b[0].Person != "" {
		t.Errorf("records = %+v", b)
	}
	w.m.pass(59 * time.Second)
	if again, err := ask("Zoë 王", attendance.In); err != nil || again.Seq != r.Seq || again.At != r.At {
		t.Errorf("a second tap: %+v, %v", again, err)
	}
	for i := range 19 {
		_, err := ask(fmt.Sprint("Next ", i), attendance.In)
		must(t, err)
	}
	w.m.pass(time.Second)
	if n := len(w.bodies(0, record.Unlisted)); n != 20 {
		t.Errorf("%d records", n)
	}
	if _, err := ask("Zoë 王", attendance.In); !problem.Is(err, problem.Limited) {
		t.Errorf("after a minute it is another one: %v", err)
	}
	if _, err := ask("Next", attendance.Out); !problem.Is(err, problem.Limited) || problem.From(err).Detail["wait_ms"] != (59*time.Minute).Milliseconds() {
		t.Errorf("the twenty-first: %v", err)
	}
	w.crash()
	w.m.pass(58 * time.Minute)
	if _, err := ask("Next", attendance.Out); !problem.Is(err, problem.Limited) {
		t.Errorf("within the hour: %v", err)
	}
	w.m.pass(time.Minute)
	if _, err := ask("Next", attendance.Out); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	if strings.Contains(w.log.String(), "Zoë") {
		t.Error("the name is in the log")
	}
}
