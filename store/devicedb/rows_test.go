package devicedb_test

import (
	"bytes"
	"image"
	"image/png"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRowsThatTheScreenNeeds(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	logo := picture(t, 300, 80)
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{
		put(t, wire.KindProject, "b", wire.ProjectRow{ID: "b", Name: "roof"}), put(t, wire.KindProject, "a", wire.ProjectRow{ID: "a", Name: "Attic"}),
		put(t, wire.KindMessage, "m1", wire.MessageRow{ID: "m1", Text: "old", From: 1}),
		put(t, wire.KindMessage, "m2", wire.MessageRow{ID: "m2", Text: "new", From: 2, Person: "ann"}),
		put(t, wire.KindLogo, "logo", wire.LogoRow{PNG: logo}),
		{Kind: "of a later version", ID: "x", Put: []byte(`[1]`)},
	}})
	if diff := cmp.Diff([]wire.ProjectRow{{ID: "a", Name: "Attic"}, {ID: "b", Name: "roof"}}, c.Projects()); diff != "" {
		t.Error(diff)
	}
	if m := c.Messages(); len(m) != 2 || m[0].ID != "m2" || m[1].Text != "old" {
		t.Errorf("messages = %+v", m)
	}
	if !bytes.Equal(c.Logo(), logo) {
		t.Error("the logo is another")
	}
	apply(t, c, "", wire.Page{Gen: 1, From: 1, To: 2, Parts: 1, Rows: []wire.Row{{Kind: wire.KindLogo, ID: "logo"}, {Kind: wire.KindMessage, ID: "m1"}}})
	if m := c.Messages(); len(m) != 1 || c.Logo() != nil {
		t.Errorf("taken away: %+v, %d bytes", m, len(c.Logo()))
	}
}

// What could not be shown is refused, and what is in force stays.
func TestRowsThatAreRefused(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	for name, r := range map[string]wire.Row{
		"a long message":     put(t, wire.KindMessage, "m", wire.MessageRow{ID: "m", Text: strings.Repeat("x", wire.MaxText+1)}),
		"another's message":  put(t, wire.KindMessage, "m", wire.MessageRow{ID: "n", Text: "x"}),
		"a nameless message": put(t, wire.KindMessage, "", wire.MessageRow{Text: "x"}),
		"a wide logo":        put(t, wire.KindLogo, "logo", wire.LogoRow{PNG: picture(t, 513, 10)}),
		"a high logo":        put(t, wire.KindLogo, "logo", wire.LogoRow{PNG: picture(t, 10, 513)}),
		"a heavy logo":       put(t, wire.KindLogo, "logo", wire.LogoRow{PNG: append(picture(t, 10, 10), make([]byte, wire.MaxLogo)...)}),
		"no picture":         put(t, wire.KindLogo, "logo", wire.LogoRow{PNG: []byte("GIF89a")}),
		"a wrong project":    put(t, wire.KindProject, "p", wire.ProjectRow{ID: "q"}),
		"no project":         {Kind: wire.KindProject, ID: "p", Put: []byte(`"p"`)},
		"no message":         {Kind: wire.KindMessage, ID: "p", Put: []byte(`7`)},
		"no logo":            {Kind: wire.KindLogo, ID: "p", Put: []byte(`{"png":7}`)},
	} {
		if err := c.Apply(t.Context(), []wire.Page{{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{r}}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{
		put(t, wire.KindLogo, "logo", wire.LogoRow{PNG: picture(t, 512, 512)}),
		put(t, wire.KindMessage, "m", wire.MessageRow{ID: "m", Text: strings.Repeat("x", wire.MaxText)}),
	}})
}

// A newer server may say what this version has no word for: that counts as not
// said, and everything else goes on.
func TestSettingsOfALaterVersion(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	full := wire.SettingsRow{
		Zone: "UTC", Project: "a", Break: wire.BreakRule{Least: 15, Due: 360},
		Look:   wire.Look{Theme: "contrast", LargeText: true, Accent: "#00FFaa", Sounds: true, NightFrom: "22:00", NightTo: "05:30"},
		Habits: wire.Habits{HideRoster: true, Badges: wire.BadgeAndPIN, Double: 90},
	}
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{put(t, wire.KindSettings, devicedb.SettingsID, full)}})
	got, err := c.Settings(t.Context())
	if diff := cmp.Diff(full, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	apply(t, c, "", wire.Page{Gen: 1, From: 1, To: 2, Parts: 1, Rows: []wire.Row{put(t, wire.KindSettings, devicedb.SettingsID, wire.SettingsRow{
		Zone: "UTC", Break: wire.BreakRule{Least: -1, Due: 1441},
		Look:   wire.Look{Theme: "sepia", Accent: "#00ff", NightFrom: "22:00", NightTo: "5:30"},
		Habits: wire.Habits{NotListed: true, Badges: "face", Double: 100000},
	})}})
	got, err = c.Settings(t.Context())
	want := wire.SettingsRow{Zone: "UTC", Habits: wire.Habits{NotListed: true, Double: devicedb.MaxDouble}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestSummariesOnlyGoOn(t *testing.T) {
	t.Parallel()
	c := openCache(t)
	apply(t, c, "", wire.Page{Gen: 2, To: 1, Parts: 1})
	one, two := record.JournalID{1}, record.JournalID{2}
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i, s := range []struct {
		gen     uint64
		journal record.JournalID
		asOf    uint64
		kept    bool
	}{
		{2, one, 5, true}, {2, one, 4, false}, {2, one, 5, true}, {2, two, 1, true}, {3, two, 0, true}, {2, two, 9, false},
	} {
		err := c.ApplySummary(t.Context(), now.Add(time.Duration(i)*time.Minute), wire.SummaryPage{Gen: s.gen, Journal: s.journal, AsOf: s.asOf, Rows: []wire.SummaryRow{
			{Person: "ann", From: int64(i), Punches: []wire.SummaryPunch{{At: int64(i), Action: attendance.In, Project: "Roof"}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		got, ok, err := c.Summary(t.Context(), "ann")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if kept := got.Since.UnixNano() == int64(i); kept != s.kept {
			t.Errorf("step %d: kept %v", i, kept)
		}
		if s.kept && (got.AsOf != s.asOf || got.Journal != s.journal || len(got.Punches) != 1 || !got.Came.Equal(now.Add(time.Duration(i)*time.Minute))) {
			t.Errorf("step %d: %+v", i, got)
		}
	}
	if _, ok, err := c.Summary(t.Context(), "bob"); ok || err != nil {
		t.Errorf("of nobody: %v, %v", ok, err)
	}
	if err := c.ApplySummary(t.Context(), now, wire.SummaryPage{Gen: 1}); !problem.Is(err, problem.Untrusted) {
		t.Errorf("an older generation: %v", err)
	}
	for _, r := range []wire.SummaryRow{{}, {Person: "ann", Punches: make([]wire.SummaryPunch, wire.MaxSummary+1)}} {
		if err := c.ApplySummary(t.Context(), now, wire.SummaryPage{Gen: 2, Rows: []wire.SummaryRow{r}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%d punches: %v", len(r.Punches), err)
		}
	}
}

// A machine that becomes another kiosk keeps nobody's hours.
func TestSummariesGoWithTheOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cache.db")
	for i, owner := range []string{"a/one", "a/one", "a/two"} {
		c, err := devicedb.OpenCache(t.Context(), path, devicedb.CacheOptions{Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		_, ok, err := c.Summary(t.Context(), "ann")
		if want := i == 1; ok != want || err != nil || c.Elsewhere() != want {
			t.Errorf("%s: %v, %v, elsewhere %v", owner, ok, err, c.Elsewhere())
		}
		if i == 0 {
			if err := c.ApplySummary(t.Context(), time.Now(), wire.SummaryPage{Rows: []wire.SummaryRow{{Person: "ann"}}}); err != nil {
				t.Error(err)
			}
			if err := c.ApplyPresence(t.Context(), wire.PresencePage{Rows: []wire.PresenceRow{{Person: "ann", State: "in"}}}); err != nil || !c.Elsewhere() {
				t.Error(err, c.Elsewhere())
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
