package correct_test

import (
	"cmp"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/correct"
	"github.com/timepost/timepost/store/centraldb"
)

// kept is an entry as the model keeps it.
type kept struct {
	id     int64
	turn   int64 // among equals: punches by arrival, then added ones
	person string
	action attendance.Action
	at     time.Time
	void   bool
	fixed  bool
}

// Whatever comes in which order, what holds is what a plain list says, and so is
// where everybody stands.
func TestCorrectionsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "model")
		if err != nil {
			t.Fatal(err)
		}
		o := newOffice(t, dir)
		defer o.close()
		var model []*kept
		added := int64(0)
		for range rapid.IntRange(1, 14).Draw(r, "steps") {
			action := rapid.SampledFrom([]attendance.Action{"in", "out", "break_start", "break_end", "switch"}).Draw(r, "action")
			at := noon.Add(-time.Duration(rapid.IntRange(0, 40).Draw(r, "minutes")) * time.Minute)
			person := rapid.SampledFrom([]string{"p-1", "p-2"}).Draw(r, "person")
			do := rapid.SampledFrom([]string{"punch", "punch", "add", "correct", "void"}).Draw(r, "do")
			if len(model) == 0 && (do == "correct" || do == "void") {
				do = "punch"
			}
			switch do {
			case "punch":
				id := o.punch(person, action, at)
				model = append(model, &kept{id: id, turn: id, person: person, action: action, at: at})
			case "add":
				id, err := o.correct.Add(t.Context(), admin, correct.Entry{Person: person, Reason: "why", Values: correct.Values{Action: action, At: at}})
				o.must(err)
				added++
				model = append(model, &kept{id: id, turn: 1<<40 + added, person: person, action: action, at: at, fixed: true})
			default:
				applyTo(o, rapid.SampledFrom(model).Draw(r, "entry"), do, action, at)
			}
			checkModel(r, o, model)
		}
	})
}

func applyTo(o *office, k *kept, do string, action attendance.Action, at time.Time) {
	if do == "void" {
		if err := o.correct.Void(o.t.Context(), admin, k.id, "why", nil); (err != nil) != k.void {
			o.t.Fatalf("void %+v: %v", k, err)
		}
		k.void, k.fixed = true, true
		return
	}
	err := o.correct.Fix(o.t.Context(), admin, correct.Change{Entry: k.id, Reason: "why", Values: correct.Values{Action: action, At: at}})
	if nothing := k.action == action && k.at.Equal(at) && !k.void; (err != nil) != nothing {
		o.t.Fatalf("correct %+v: %v", k, err)
	}
	if err == nil {
		k.action, k.at, k.void, k.fixed = action, at, false, true
	}
}

func checkModel(r *rapid.T, o *office, model []*kept) {
	sorted := slices.Clone(model)
	slices.SortFunc(sorted, func(a, b *kept) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.turn, b.turn)) })
	for _, newest := range []bool{false, true} {
		list, err := o.db.Entries(o.t.Context(), centraldb.EntryFilter{Limit: 100, Newest: newest})
		o.must(err)
		if newest {
			slices.Reverse(list)
		}
		if len(list) != len(sorted) {
			r.Fatalf("%d entries, want %d", len(list), len(sorted))
		}
		for i, k := range sorted {
			e := list[i]
			if e.ID != k.id || e.Person != k.person || e.Action != k.action || e.At != k.at.UnixNano() || e.Void() != k.void || (e.Fix.ID != 0) != k.fixed {
				r.Fatalf("entry %d: %+v, want %+v", i, e, *k)
			}
		}
	}
	for _, person := range []string{"p-1", "p-2"} {
		checkStanding(r, o, person, sorted)
	}
}

func checkStanding(r *rapid.T, o *office, person string, sorted []*kept) {
	state, touched := attendance.StateOut, false
	for _, k := range sorted {
		if k.person != person {
			continue
		}
		touched = touched || k.fixed
		if !k.void {
			state = (attendance.Presence{State: state}).After(attendance.Punch{Action: k.action}).State
		}
	}
	got := o.stands(person)
	if touched && got.State != state {
		r.Fatalf("%s stands %+v, want %s", person, got, state)
	}
}
