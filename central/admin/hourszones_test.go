package admin_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// addIn makes punches at a kiosk that is in a zone then, such as "2026-03-28 22:00 in".
func (w *world) addIn(zoneName, person string, punches ...string) {
	w.t.Helper()
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range punches {
		f := strings.Fields(p)
		at, err := time.ParseInLocation("2006-01-02 15:04", f[0]+" "+f[1], zone)
		if err != nil {
			w.t.Fatal(err)
		}
		w.last++
		u := attendance.Punch{Person: person, Kiosk: "front-door", Action: attendance.Action(f[2]), At: at.UTC(), Auth: attendance.AuthPersonal}
		step := centraldb.Step{From: w.last - 1, To: w.last, Punches: []centraldb.Projected{{ID: w.last, Journal: record.JournalID{1}, Seq: uint64(w.last), Punch: u, Zone: zoneName}}}
		if done, err := w.db.Project(w.t.Context(), step); err != nil || !done {
			w.t.Fatalf("project: %v %v", done, err)
		}
	}
}

// Nights over both changes of the clocks, in zones that change them by another measure
// or at midnight; kiosks in another zone than the organisation's; a kiosk whose zone is
// set right in mid-shift. What was worked is always what has passed.
func TestHoursInZones(t *testing.T) {
	t.Parallel()
	type at map[string][]string // by zone
	for _, x := range []struct {
		name, query string
		punches     []at
		want        []string
	}{
		{
			"a night of seven hours", "from=2026-03-28&to=2026-03-29",
			[]at{{"Europe/Berlin": {"2026-03-28 22:00 in", "2026-03-29 06:00 out"}}},
			[]string{"2026-03-28,22:00,24:00,120,0,", "2026-03-29,00:00,06:00,300,0,"},
		},
		{
			"a night of nine hours", "from=2025-10-25&to=2025-10-26",
			[]at{{"Europe/Berlin": {"2025-10-25 22:00 in", "2025-10-26 06:00 out"}}},
			[]string{"2025-10-25,22:00,24:00,120,0,", "2025-10-26,00:00,06:00,420,0,"},
		},
		{
			"half an hour less on Lord Howe", "from=2025-10-04&to=2025-10-05",
			[]at{{"Australia/Lord_Howe": {"2025-10-04 22:00 in", "2025-10-05 06:00 out"}}},
			[]string{"2025-10-04,22:00,24:00,120,0,", "2025-10-05,00:00,06:00,330,0,"},
		},
		{
			"half an hour more on Lord Howe", "from=2025-04-05&to=2025-04-06",
			[]at{{"Australia/Lord_Howe": {"2025-04-05 22:00 in", "2025-04-06 06:00 out"}}},
			[]string{"2025-04-05,22:00,24:00,120,0,", "2025-04-06,00:00,06:00,390,0,"},
		},
		{
			"a day without a midnight, and those after it", "from=2025-09-06&to=2025-09-09",
			[]at{{"America/Santiago": {"2025-09-06 22:00 in", "2025-09-07 06:00 out", "2025-09-07 23:30 in", "2025-09-08 00:30 out", "2025-09-09 00:15 in", "2025-09-09 01:15 out"}}},
			[]string{"2025-09-06,22:00,24:00,120,0,", "2025-09-07,01:00,24:00,330,0,", "2025-09-08,00:00,00:30,30,0,", "2025-09-09,00:15,01:15,60,0,"},
		},
		{
			"a day with two midnights", "from=2025-11-01&to=2025-11-02",
			[]at{{"America/Havana": {"2025-11-01 22:00 in", "2025-11-02 06:00 out"}}},
			[]string{"2025-11-01,22:00,24:00,120,0,", "2025-11-02,00:00,06:00,420,0,"},
		},
		{
			"an evening far away is that day's there", "from=2026-03-02&to=2026-03-03",
			[]at{{"America/New_York": {"2026-03-02 20:00 in", "2026-03-02 23:00 out"}}},
			[]string{"2026-03-02,20:00,23:00,180,0,"},
		},
		{
			"the zone is set right in mid-shift", "from=2026-03-02&to=2026-03-02",
			[]at{{"Europe/Berlin": {"2026-03-02 08:00 in"}}, {"America/New_York": {"2026-03-02 11:00 out"}}},
			[]string{"2026-03-02,08:00,17:00,540,0,"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.people("Ada Brandt/Bakery")
			w.kiosk("front-door", "Front door")
			for _, some := range x.punches {
				for zone, punches := range some {
					w.addIn(zone, "p-1", punches...)
				}
			}
			if d := cmp.Diff(x.want, w.hoursOf(w.loggedIn(), x.query)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}
