package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// personFile is the file as a program reads it.
type personFile struct {
	Person   map[string]any   `json:"person"`
	Presence map[string]any   `json:"presence"`
	Kiosks   []map[string]any `json:"kiosks"`
	PIN      struct {
		Digits   int              `json:"digits"`
		Requests []map[string]any `json:"requests"`
		Locks    []map[string]any `json:"locks"`
	} `json:"pin"`
	Badges   []map[string]any `json:"badges"`
	Missed   []map[string]any `json:"missed_punches"`
	Read     []map[string]any `json:"messages_read"`
	Accounts []map[string]any `json:"accounts"`
	Punches  []struct {
		ID       int64     `json:"id"`
		State    string    `json:"state"`
		At       time.Time `json:"at"`
		Recorded *struct {
			At time.Time `json:"at"`
		} `json:"recorded"`
	} `json:"punches"`
	Corrections []map[string]any `json:"corrections"`
	Audit       []struct {
		Action  string `json:"action"`
		Subject string `json:"subject"`
	} `json:"audit"`
}

func (w *world) file(t *testing.T, id string) (personFile, string) {
	t.Helper()
	f, err := w.Person(t.Context(), actor, id)
	must(t, err)
	var b bytes.Buffer
	must(t, f.Write(t.Context(), &b))
	var out personFile
	must(t, json.Unmarshal(b.Bytes(), &out))
	return out, b.String()
}

// years gives two people more punches than are in memory at once, and one of them
// everything else that is kept.
func (w *world) years(t *testing.T, n int) {
	t.Helper()
	ctx := t.Context()
	step := centraldb.Step{To: int64(2 * n)}
	for i := range n {
		at := w.now.Add(time.Duration(i-n) * time.Hour)
		for j, name := range []string{"Bo", "Zoe"} {
			id := int64(2*i + j + 1)
			step.Punches = append(step.Punches, centraldb.Projected{ID: id, Seq: uint64(id), Zone: "UTC", Punch: attendance.Punch{
				Person: w.ids[name], Kiosk: front, Action: attendance.In, At: at, Auth: attendance.AuthPersonal, Note: "note of " + name,
			}})
		}
	}
	if done, err := w.db.Project(ctx, step); err != nil || !done {
		t.Fatal(done, err)
	}
	w.update(t, func(tx *centraldb.Tx) error {
		for i, name := range []string{"Bo", "Zoe"} {
			who := w.ids[name]
			for _, c := range []centraldb.Correction{
				{Kind: centraldb.FixCorrect, Entry: int64(i + 1), At: w.now.UnixNano()},
				{Kind: centraldb.FixVoid, Entry: int64(i + 3), At: w.now.Add(time.Minute).UnixNano()},
				{Kind: centraldb.FixAdd, At: w.now.Add(2 * time.Minute).UnixNano()},
			} {
				c.MadeBy, c.Reason, c.Person, c.Kiosk, c.Action, c.Zone, c.MadeAt = actor, "reason of "+name, who, front, attendance.Out, "UTC", 1
				if _, err := tx.AddCorrection(ctx, c); err != nil {
					return err
				}
			}
			if err := tx.AddPINRequest(ctx, centraldb.PINRequest{ID: int64(i + 1), Person: who, Kiosk: front, At: 1, DoneAt: 2, DoneBy: actor}); err != nil {
				return err
			}
			if err := tx.SetPINLock(ctx, centraldb.PINLock{Person: who, Kiosk: front, Failures: 3, At: 1, PINVersion: 1}); err != nil {
				return err
			}
			if err := tx.PutBadge(ctx, centraldb.Badge{Badge: "text:card of " + name, Person: who, LearntAt: 1, LearntBy: actor}); err != nil {
				return err
			}
			if err := askedFor(ctx, tx, int64(i+1), who, "reason of "+name); err != nil {
				return err
			}
			login := centraldb.Login{Email: strings.ToLower(name) + "@acme.example", Role: attendance.Regular, Password: "$argon2id$of" + name, Person: who, CreatedAt: 1}
			if err := tx.AddLogin(ctx, login); err != nil {
				return err
			}
			if err := tx.AddSession(ctx, centraldb.Session{IDHash: []byte("hash of " + name), Email: login.Email, Device: "browser of " + name}); err != nil {
				return err
			}
			if err := tx.SettlePresence(ctx, who); err != nil {
				return err
			}
		}
		return nil
	})
}

// askedFor has somebody ask for a punch, be refused and read the answer.
func askedFor(ctx context.Context, tx *centraldb.Tx, id int64, who, reason string) error {
	q := centraldb.PunchRequest{ID: id, Person: who, Kiosk: front, Action: attendance.Out, Reason: reason, Zone: "UTC"}
	if err := tx.AddPunchRequest(ctx, q); err != nil {
		return err
	}
	q.Decision, q.Told = centraldb.RequestRefused, "answer to "+who
	if err := tx.DecidePunchRequest(ctx, q); err != nil {
		return err
	}
	_, _, err := tx.MarkRead(ctx, fmt.Sprint("answer-", id), who, front, 1)
	return err
}

// A person's file has all of theirs, in pages that end anywhere, nothing of anybody
// else and no secret.
func TestPersonFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 501
	w.years(t, n)
	bo := w.ids["Bo"]
	f, text := w.file(t, bo)
	if f.Person["id"] != bo || f.Person["name"] != "Bo" || f.Person["team"] != "shop" || f.Presence["state"] != "out" || f.PIN.Digits != 4 {
		t.Errorf("%v %v %v", f.Person, f.Presence, f.PIN)
	}
	got := []int{len(f.Kiosks), len(f.PIN.Requests), len(f.PIN.Locks), len(f.Accounts), len(f.Badges), len(f.Missed), len(f.Read), len(f.Corrections)}
	if d := cmp.Diff([]int{1, 1, 1, 1, 1, 1, 1, 3}, got); d != "" {
		t.Error(d)
	}
	states := map[string]int{}
	seen := map[int64]bool{}
	for i, u := range f.Punches {
		states[u.State]++
		seen[u.ID] = true
		if i > 0 && u.At.Before(f.Punches[i-1].At) || (u.Recorded == nil) != (u.State == "added") || u.ID > 0 && u.ID%2 == 0 {
			t.Errorf("punch %d: %+v", i, u)
		}
		if u.State == "corrected" && (!u.At.Equal(w.now) || !u.Recorded.At.Equal(w.now.Add(-n*time.Hour))) {
			t.Errorf("%+v", u)
		}
	}
	if d := cmp.Diff(map[string]int{"recorded": n - 2, "corrected": 1, "void": 1, "added": 1}, states); d != "" || len(seen) != n+1 {
		t.Error(len(seen), d)
	}
	actions := map[string]bool{}
	for _, row := range f.Audit {
		if row.Subject != bo {
			t.Errorf("%+v", row)
		}
		actions[row.Action] = true
	}
	if !actions["person.create"] || !actions["person.export"] {
		t.Errorf("%v", actions)
	}
	for _, foreign := range []string{w.ids["Zoe"], "Zoe", "zoe@", "argon2id", "hash of"} {
		if strings.Contains(text, foreign) {
			t.Errorf("the file has %q", foreign)
		}
	}
	for _, digits := range w.pins {
		if strings.Contains(text, `"`+digits+`"`) {
			t.Error("the file has a PIN")
		}
	}
	if _, text = w.file(t, w.ids["Zoe"]); !strings.Contains(text, "note of Zoe") || strings.Contains(text, "of Bo") {
		t.Error("the other file")
	}
}

// Who never did anything has a file, too; nobody has none; what was cut off is told of.
func TestPersonFileEdges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f, _ := w.file(t, w.ids["Cleo"]) // archived
	if f.Presence != nil || f.Punches == nil || len(f.Punches)+len(f.Kiosks)+len(f.Accounts)+len(f.Corrections) != 0 || f.PIN.Digits != 0 {
		t.Errorf("%+v", f)
	}
	if _, err := w.Person(t.Context(), actor, "nobody"); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	cut, err := w.Person(t.Context(), actor, w.ids["Bo"])
	must(t, err)
	if err := cut.Write(t.Context(), broken{}); err == nil {
		t.Error("nothing was cut")
	}
	rows := w.audited(t, "person.export")
	if len(rows) != 2 || rows[1].Actor != actor || rows[1].Subject != w.ids["Bo"] {
		t.Errorf("%+v", rows)
	}
}
