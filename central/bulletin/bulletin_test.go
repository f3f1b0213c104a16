package bulletin_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/bulletin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

// hall is a database with a bakery of two, a visitor, and two kiosks: everybody
// comes to the front, the bakery to the dock, too.
type hall struct {
	t       *testing.T
	db      *centraldb.DB
	board   *bulletin.Bulletin
	changed int
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t}
	var err error
	h.db, err = centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	h.must(err)
	t.Cleanup(func() { h.must(h.db.Close()) })
	h.must(h.db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}))
	now := func() time.Time { return noon }
	h.board = bulletin.New(bulletin.Config{Store: h.db, Audit: audit.New(h.db, now), Now: now, Changed: func() { h.changed++ }})
	ctx := context.Background()
	h.update(func(tx *centraldb.Tx) error {
		people := []attendance.Person{
			{ID: "ada", Name: "Ada", Team: "Bakery", Role: attendance.Regular, Active: true},
			{ID: "ben", Name: "Ben", Team: "Bakery", Role: attendance.Regular, Active: true},
			{ID: "cleo", Name: "Cleo", Role: attendance.Regular, Active: true},
			{ID: "dan", Name: "Dan", Role: attendance.Regular},
		}
		if err := tx.AddPeople(ctx, people, 1); err != nil {
			return err
		}
		if err := tx.EnsureTeam(ctx, "Bakery", 1); err != nil {
			return err
		}
		for _, k := range []string{"front", "dock"} {
			if err := tx.AddKiosk(ctx, attendance.Kiosk{ID: k, Name: k, Zone: "UTC"}, 1); err != nil {
				return err
			}
		}
		if err := tx.SetAssignments(ctx, "front", centraldb.Assignments{Everyone: true}); err != nil {
			return err
		}
		return tx.SetAssignments(ctx, "dock", centraldb.Assignments{Teams: []string{"Bakery"}})
	})
	return h
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) update(f func(*centraldb.Tx) error) {
	h.t.Helper()
	h.must(h.db.Update(context.Background(), f))
}

// at gives what a kiosk shows at an instant: message, person.
func (h *hall) at(kiosk string, now time.Time) []string {
	h.t.Helper()
	rows, err := h.db.RosterMessages(context.Background(), kiosk, now.Unix())
	h.must(err)
	var out []string
	for _, r := range rows {
		out = append(out, r.ID+" "+r.Person+" "+r.Text)
	}
	return out
}

func (h *hall) post(audience, subject, text string) int64 {
	h.t.Helper()
	id, err := h.board.Post(context.Background(), "boss@acme.example", bulletin.Message{Audience: audience, Subject: subject, Text: text})
	h.must(err)
	return id
}

func (h *hall) shows(kiosk string, want ...string) {
	h.t.Helper()
	if got := h.at(kiosk, noon); !slices.Equal(got, want) {
		h.t.Errorf("%s shows %q, want %q", kiosk, got, want)
	}
}

// Each message is where its people are, until it was read by whom it was for, or ended.
func TestWhoIsShownWhat(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	all, one := h.post(centraldb.ForAll, "x", " Hello\r\nall "), h.post(centraldb.ForKiosk, "dock", "Mind the step")
	h.post(centraldb.ForTeam, "Bakery", "Flour")
	h.post(centraldb.ForPerson, "cleo", "See me")
	h.shows("front", "note-1  Hello\nall", "note-3.ada ada Flour", "note-3.ben ben Flour", "note-4.cleo cleo See me")
	h.shows("dock", "note-1  Hello\nall", "note-2  Mind the step", "note-3.ada ada Flour", "note-3.ben ben Flour")
	for _, x := range []struct {
		message, person string
		known, personal bool
	}{
		{"note-1", "ada", true, false},
		{"note-3.ada", "ada", true, true},
		{"note-3.ada", "ada", true, true},
		{"note-9", "ada", false, false},
		{"note-x", "ada", false, false},
		{"note-3.ben.ben", "nobody", true, true},
	} {
		h.update(func(tx *centraldb.Tx) error {
			known, personal, err := tx.MarkRead(t.Context(), x.message, x.person, "front", 1)
			if known != x.known || personal != x.personal {
				t.Errorf("%s by %s: %v %v", x.message, x.person, known, personal)
			}
			return err
		})
	}
	h.must(h.board.End(t.Context(), "boss@acme.example", one))
	h.shows("dock", "note-1  Hello\nall", "note-3.ben ben Flour")
	if err := h.board.End(t.Context(), "boss@acme.example", one); !problem.Is(err, problem.Conflict) {
		t.Errorf("ended twice: %v", err)
	}
	if err := h.board.End(t.Context(), "boss@acme.example", 99); !problem.Is(err, problem.NotFound) {
		t.Errorf("ended what is not: %v", err)
	}
	if l, err := h.db.Bulletin(t.Context(), all); err != nil || l.Reads != 1 || l.Text != "Hello\nall" || l.Subject != "" {
		t.Errorf("%+v %v", l, err)
	}
	if list, err := h.db.Bulletins(t.Context(), noon.Unix(), true, 0, 9); err != nil || len(list) != 1 || list[0].SubjectName != "dock" {
		t.Errorf("%+v %v", list, err)
	}
	if rows, err := h.db.Audit(t.Context(), 0, 10); err != nil || len(rows) != 5 || rows[4].Action != "message.end" {
		t.Errorf("audit: %d rows, %v", len(rows), err)
	}
	if h.changed != 5 {
		t.Errorf("told %d times", h.changed)
	}
}

func TestMessagesBeginAndEnd(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, err := h.board.Post(t.Context(), "boss", bulletin.Message{Audience: centraldb.ForAll, Text: "x", From: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)})
	h.must(err)
	for after, want := range map[time.Duration]int{0: 1, time.Hour: 1, 2 * time.Hour: 0} {
		if got := h.at("front", noon.Add(after)); len(got) != want {
			t.Errorf("after %s: %q", after, got)
		}
	}
}

func TestMessagesThatCannotBe(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	good := bulletin.Message{Audience: centraldb.ForAll, Text: "x"}
	with := func(change func(*bulletin.Message)) bulletin.Message {
		m := good
		change(&m)
		return m
	}
	for field, m := range map[string]bulletin.Message{
		"text":     with(func(m *bulletin.Message) { m.Text = " \n " }),
		"text ":    with(func(m *bulletin.Message) { m.Text = strings.Repeat("é", 251) }),
		"text  ":   with(func(m *bulletin.Message) { m.Text = "a\x07" }),
		"audience": with(func(m *bulletin.Message) { m.Audience = "x" }),
		"subject":  with(func(m *bulletin.Message) { m.Audience, m.Subject = centraldb.ForTeam, "Nobodys" }),
		"subject ": with(func(m *bulletin.Message) { m.Audience, m.Subject = centraldb.ForPerson, "dan" }),
		"until":    with(func(m *bulletin.Message) { m.Until = noon }),
		"until ":   with(func(m *bulletin.Message) { m.From, m.Until = noon.Add(2*time.Hour), noon.Add(time.Hour) }),
		"from":     with(func(m *bulletin.Message) { m.From = noon.AddDate(100, 0, 0) }),
	} {
		_, err := h.board.Post(t.Context(), "boss", m)
		if got, _ := problem.From(err).Detail["field"].(string); err == nil || got != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
		if _, err := h.board.Check(t.Context(), m); err == nil {
			t.Errorf("%s: the check takes it", field)
		}
	}
	for i := range bulletin.MostRunning {
		h.post(centraldb.ForAll, "", fmt.Sprint("m", i))
	}
	if _, err := h.board.Post(t.Context(), "boss", good); !problem.Is(err, problem.Conflict) {
		t.Errorf("one more: %v", err)
	}
}
