package badges_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/badges"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const actor = "ann@acme.example"

// office is a Book over a real database, with a note of the kiosks that were told.
type office struct {
	*badges.Book
	t    *testing.T
	db   *centraldb.DB
	now  time.Time
	told []string
}

func (o *office) Refresh(_ context.Context, kiosks ...string) error {
	o.told = append(o.told, kiosks...)
	return nil
}

func newOffice(t *testing.T) *office {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &office{t: t, db: db, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	o.Book = badges.New(badges.Config{Store: db, Audit: audit.New(db, time.Now), Rosters: o, Now: func() time.Time { return o.now }})
	o.update(func(tx *centraldb.Tx) error {
		people := []attendance.Person{
			{ID: "ada", Name: "Ada", Role: attendance.Regular, Active: true},
			{ID: "ben", Name: "Ben", Role: attendance.Regular, Active: true},
			{ID: "gone", Name: "Gone", Role: attendance.Regular},
		}
		return tx.AddPeople(t.Context(), people, 1)
	})
	for _, id := range []string{"gate", "shop"} {
		o.update(func(tx *centraldb.Tx) error {
			return tx.AddKiosk(t.Context(), attendance.Kiosk{ID: id, Name: "Kiosk " + id, Zone: "UTC"}, 1)
		})
	}
	o.update(func(tx *centraldb.Tx) error {
		return tx.SetAssignments(t.Context(), "gate", centraldb.Assignments{People: []string{"ada", "ben"}})
	})
	return o
}

func (o *office) update(f func(tx *centraldb.Tx) error) {
	o.t.Helper()
	if err := o.db.Update(o.t.Context(), f); err != nil {
		o.t.Fatal(err)
	}
}

// unknown has a kiosk tell of a card of nobody.
func (o *office) unknown(id int64, kiosk, card, code string) {
	o.t.Helper()
	o.update(func(tx *centraldb.Tx) error {
		return tx.AddUnknownBadge(o.t.Context(), centraldb.UnknownBadge{
			ID: id, Kiosk: kiosk, Badge: card, Code: code, At: o.now.UnixNano(), ReceivedAt: o.now.UnixNano(),
		})
	})
}

func (o *office) codes() (out []string) {
	o.t.Helper()
	all, err := o.Unknown(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	for _, u := range all {
		out = append(out, u.Kiosk+" "+u.Code)
	}
	return out
}

func (o *office) has(person string, want ...string) {
	o.t.Helper()
	have, err := o.db.BadgesOf(o.t.Context(), person)
	if err != nil {
		o.t.Fatal(err)
	}
	var got []string
	for _, b := range have {
		got = append(got, b.Badge)
	}
	if d := cmp.Diff(want, got); d != "" {
		o.t.Errorf("%s has other cards: %s", person, d)
	}
}

func refused(t *testing.T, err error, code problem.Code, field string) {
	t.Helper()
	e := problem.From(err)
	if e == nil || e.Code != code || field != "" && e.Detail["field"] != field {
		t.Errorf("%v, want %s %s", err, code, field)
	}
}

func TestACardIsOnePersons(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	add := func(person, typed string) error {
		_, err := o.AddBadge(t.Context(), actor, person, typed)
		return err
	}
	if b, err := o.AddBadge(t.Context(), actor, "ada", " 0010693503 "); err != nil || b.Badge != "00-A3-2B-7F" || b.LearntAt != o.now.UnixNano() || b.LearntBy != actor {
		t.Fatalf("%+v %v", b, err)
	}
	if !slices.Equal(o.told, []string{"gate"}) {
		t.Errorf("told %v", o.told)
	}
	refused(t, add("ada", "00a32b7f"), problem.Conflict, "badge")
	err := add("ben", "163,11135")
	refused(t, err, problem.Conflict, "badge")
	if e := problem.From(err); strings.Contains(e.Message+e.Hint, "Ada") || len(e.Detail) != 1 {
		t.Errorf("the refusal tells whose it is: %+v", e)
	}
	refused(t, add("ben", ""), problem.Invalid, "badge")
	refused(t, add("ben", "08A32B7F"), problem.Invalid, "badge")
	refused(t, add("gone", "EMP-1"), problem.Conflict, "badge")
	refused(t, add("nobody", "EMP-1"), problem.NotFound, "")
	refused(t, o.RemoveBadge(t.Context(), actor, "ben", "00-A3-2B-7F"), problem.NotFound, "")
	o.told = nil
	if err := o.RemoveBadge(t.Context(), actor, "ada", "00-A3-2B-7F"); err != nil || !slices.Equal(o.told, []string{"gate"}) {
		t.Error(err, o.told)
	}
	if err := add("ben", "163,11135"); err != nil {
		t.Error(err)
	}
	o.has("ada")
	o.has("ben", "00-A3-2B-7F")
	for i := range badges.Most {
		if err := add("ada", "EMP-"+string(rune('0'+i))); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, add("ada", "EMP-9"), problem.Conflict, "badge")
}

func TestWhoHasLeftKeepsNoCardFromOthers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if _, err := o.AddBadge(t.Context(), actor, "ada", "EMP-1"); err != nil {
		t.Fatal(err)
	}
	archive := func(active bool) {
		o.update(func(tx *centraldb.Tx) error {
			return tx.SetPerson(t.Context(), attendance.Person{ID: "ada", Name: "Ada", Role: attendance.Regular, Active: active})
		})
	}
	archive(false)
	if _, err := o.AddBadge(t.Context(), actor, "ben", "EMP-1"); err != nil {
		t.Error(err)
	}
	archive(true)
	o.has("ada")
	o.has("ben", "text:EMP-1")
}

func TestACardIsLearntByItsCode(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.unknown(1, "gate", "00-A3-2B-7F", "K-17")
	o.now = o.now.Add(time.Hour)
	o.unknown(2, "shop", "text:EMP-1", "K-17")
	o.unknown(2, "shop", "text:EMP-2", "K-18") // the same record again
	if got := o.codes(); !slices.Equal(got, []string{"shop K-17", "gate K-17"}) {
		t.Errorf("unknown: %v", got)
	}
	if b, err := o.LearnCode(t.Context(), actor, "ada", "gate", " k-17"); err != nil || b.Badge != "00-A3-2B-7F" {
		t.Errorf("%+v %v", b, err)
	}
	_, err := o.LearnCode(t.Context(), actor, "ben", "gate", "K-17")
	refused(t, err, problem.Invalid, "code")
	_, err = o.LearnBadge(t.Context(), actor, "ben", 1)
	refused(t, err, problem.NotFound, "")
	if got := o.codes(); !slices.Equal(got, []string{"shop K-17"}) {
		t.Errorf("unknown: %v", got)
	}
	o.now = o.now.Add(24*time.Hour + 1)
	if got := o.codes(); len(got) != 0 {
		t.Errorf("unknown a day later: %v", got)
	}
	_, err = o.LearnBadge(t.Context(), actor, "ben", 2)
	refused(t, err, problem.NotFound, "")
	o.now = o.now.Add(time.Hour)
	o.unknown(3, "shop", "text:EMP-1", "X-10")
	if _, err := o.LearnBadge(t.Context(), actor, "ben", 3); err != nil {
		t.Error(err)
	}
	o.has("ben", "text:EMP-1")
	if err := o.RemoveBadge(t.Context(), actor, "ada", "00-A3-2B-7F"); err != nil {
		t.Fatal(err)
	}
	if got := o.codes(); len(got) != 0 {
		t.Errorf("a card that was taken away days later: %v", got)
	}
}

func TestOneKioskTellsOfNoMoreThanAHundredCards(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.unknown(1, "gate", "text:GATE", "G-10")
	o.update(func(tx *centraldb.Tx) error {
		for i := range 150 {
			u := centraldb.UnknownBadge{ID: int64(i + 2), Kiosk: "shop", Badge: "text:" + string(rune('A'+i)), Code: "S-10", ReceivedAt: o.now.UnixNano()}
			if err := tx.AddUnknownBadge(t.Context(), u); err != nil {
				return err
			}
		}
		return nil
	})
	got := o.codes()
	if len(got) != 101 || !slices.Contains(got, "gate G-10") {
		t.Errorf("%d unknown cards", len(got))
	}
}

// The log tells of each change, and not enough to make a copy of the card.
func TestTheLogKnowsNoWholeNumber(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if _, err := o.AddBadge(t.Context(), actor, "ada", "0010693503"); err != nil {
		t.Fatal(err)
	}
	if err := o.RemoveBadge(t.Context(), actor, "ada", "00-A3-2B-7F"); err != nil {
		t.Fatal(err)
	}
	rows, err := o.db.Audit(t.Context(), 0, 9)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, r.Action+" "+r.Subject+" "+string(r.Detail))
	}
	slices.Sort(got)
	want := []string{`badge.add ada {"ends":"…2B-7F"}`, `badge.remove ada {"ends":"…2B-7F"}`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
