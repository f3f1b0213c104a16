package admin_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/admin"
)

// hoursOf gives the CSV of hours as lines without name and number.
func (w *world) hoursOf(c *http.Client, query string) []string {
	w.t.Helper()
	_, body := w.get(c, "/punches.csv?"+query)
	var out []string
	for _, l := range strings.Split(strings.TrimSpace(body), "\n")[1:] {
		out = append(out, regexp.MustCompile(`^p-\d+,[^,]*,\d+,[^,]*,`).ReplaceAllString(l, ""))
	}
	return out
}

// add makes punches at local times of a day, such as "08:00 in".
func (w *world) add(person, day string, punches ...string) {
	w.t.Helper()
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range punches {
		clock, action, _ := strings.Cut(p, " ")
		at, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, zone)
		if err != nil {
			w.t.Fatal(err)
		}
		w.punches(attendance.Punch{Person: person, Kiosk: "front-door", Action: attendance.Action(action), At: at.UTC(), Auth: attendance.AuthPersonal})
	}
}

// Hours by calendar day of the kiosk: breaks, nights, forgotten clock-outs, open
// shifts, the day the clocks change.
func TestHours(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		query string
		days  map[string][]string
		want  []string
	}{
		{
			"a day with a break", "from=2026-03-02&to=2026-03-02",
			map[string][]string{"2026-03-02": {"08:02 in", "12:00 break_start", "12:31 break_end", "17:03 out"}},
			[]string{"2026-03-02,08:02,17:03,510,31,"},
		},
		{
			"a night counts on both days", "from=2026-03-01&to=2026-03-02",
			map[string][]string{"2026-03-01": {"22:00 in"}, "2026-03-02": {"06:15 out"}},
			[]string{"2026-03-01,22:00,24:00,120,0,", "2026-03-02,00:00,06:15,375,0,"},
		},
		{
			"a night whose evening is not asked for", "from=2026-03-02&to=2026-03-02",
			map[string][]string{"2026-03-01": {"22:00 in"}, "2026-03-02": {"06:15 out"}},
			[]string{"2026-03-02,00:00,06:15,375,0,"},
		},
		{
			"open now", "from=2026-03-03&to=2026-03-03",
			map[string][]string{"2026-03-03": {"08:00 in"}},
			[]string{"2026-03-03,08:00,,320,0,still open"},
		},
		{
			"forgotten, then in again", "from=2026-03-01&to=2026-03-02",
			map[string][]string{"2026-03-01": {"08:00 in"}, "2026-03-02": {"08:00 in", "10:00 out"}},
			[]string{"2026-03-01,,,0,0,clock-out missing", "2026-03-02,08:00,10:00,120,0,"},
		},
		{
			"forgotten for good", "from=2026-03-01&to=2026-03-03",
			map[string][]string{"2026-03-01": {"08:00 in"}},
			[]string{"2026-03-01,,,0,0,clock-out missing"},
		},
		{
			"an hour is skipped", "from=2026-03-29&to=2026-03-29",
			map[string][]string{"2026-03-29": {"01:00 in", "05:00 out"}},
			[]string{"2026-03-29,01:00,05:00,180,0,"},
		},
		{
			"an hour comes twice", "from=2025-10-26&to=2025-10-26",
			map[string][]string{"2025-10-26": {"01:00 in", "05:00 out"}},
			[]string{"2025-10-26,01:00,05:00,300,0,"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.people("Ada Brandt/Bakery")
			w.kiosk("front-door", "Front door")
			for _, day := range []string{"2025-10-26", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-29"} {
				w.add("p-1", day, x.days[day]...)
			}
			if d := cmp.Diff(x.want, w.hoursOf(w.loggedIn(), x.query)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// Filters choose the same on the page, in the list and in the CSVs, and cells
// are inert.
func TestFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop", "=cmd()/Shop")
	w.kiosk("front-door", "Front door")
	w.kiosk("dock", "Dock")
	for _, p := range []string{"p-1", "p-2", "p-3"} {
		w.add(p, "2026-03-03", "08:00 in", "09:30 out")
	}
	w.punches(attendance.Punch{Person: "p-2", Kiosk: "dock", Action: attendance.In, At: noon.Add(-time.Minute), Auth: attendance.AuthNone, Note: "+1 <b>"})
	c := w.loggedIn()
	for _, x := range []struct {
		query, has, not string
	}{
		{"", "Ada Brandt|Ben Okafor", ""},
		{"?person=brandt", "Ada Brandt", "Ben"},
		{"?person=1002", "Ben", "Ada"},
		{"?person=p-2", "Ben", "Ada"},
		{"?team=Shop", "Ben", "Ada"},
		{"?kiosk=dock", "Ben", "Ada"},
		{"?from=2026-03-02&to=2026-03-02", "Nobody punched", "Ada"},
		{"?person=%25", "Nobody punched", "Ada"},
		{"?to=2026-03-03&from=2026-03-01", "Ada", ""},
		{"?from=2026-03-03&to=2026-03-01", "Ada", ""},
		{"?from=2020-01-01", "days do not fit", "Ada"},
		{"?view=list", "No PIN|&#43;1 &lt;b&gt;|Ada", "<b>+1"},
		{"?view=list&kiosk=dock", "Ben", "Ada"},
		{"?view=list&page=7", "Nobody punched", "Ada"},
	} {
		_, body := w.get(c, "/punches"+x.query)
		_, body, _ = strings.Cut(body, "</form>\n\n") // what is under the filter
		for _, h := range strings.Split(x.has, "|") {
			if !strings.Contains(body, h) {
				t.Errorf("%q lacks %q", x.query, h)
			}
		}
		if x.not != "" && strings.Contains(body, x.not) {
			t.Errorf("%q has %q", x.query, x.not)
		}
	}
	if res, _ := w.get(c, "/punches?from=03.03.2026"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong day: %s", res.Status)
	}
	_, body := w.get(c, "/punches.csv?view=list&kiosk=dock")
	if want := "7,p-2,Ben Okafor,1002,Shop,recorded,in,2026-03-03 13:19:00,Europe/Berlin,2026-03-03T12:19:00.000Z,dock,Dock,none,,,'+1 <b>,in,"; !strings.Contains(body, want) {
		t.Errorf("list CSV:\n%s", body)
	}
	if _, body := w.get(c, "/punches.csv?team=Shop"); !strings.Contains(body, "p-3,'=cmd(),1003") || strings.Contains(body, "Ada") {
		t.Errorf("hours CSV:\n%s", body)
	}
}

// Now shows who is where, finds them, and warns of the forgotten.
func TestNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	if _, body := w.get(c, "/"); !strings.Contains(body, "There are no people yet") {
		t.Error("an empty organisation is not told what to do")
	}
	w.people("Ada Brandt/Bakery", "Ben Okafor/Shop", "Cleo <i>/Shop", "Dora Lind")
	w.kiosk("front-door", "Front door")
	if _, body := w.get(c, "/"); !strings.Contains(body, "Nobody is here") {
		t.Error("nobody is here")
	}
	w.punch("p-1", "front-door", attendance.In, 65*time.Minute)
	w.punch("p-2", "front-door", attendance.In, admin.LongOpen+time.Hour)
	w.punch("p-3", "front-door", attendance.In, 2*time.Hour)
	w.punch("p-3", "front-door", attendance.BreakStart, 5*time.Minute)
	for _, x := range []struct {
		query, has, not string
	}{
		{"/", "Ada Brandt|12:15|1 h 05 min|clock-out missing?|Cleo &lt;i&gt;", "Dora"},
		{"/?state=out", "Dora Lind|never punched|No team", "Ada Brandt</a>"},
		{"/?state=break", "Cleo", "Ben Okafor</a>"},
		{"/?state=nonsense", "Ada", "Dora"},
		{"/?team=Shop", "Ben|Cleo", "Ada Brandt</a>"},
		{"/?search=dora&state=out", "Dora", "Ben Okafor</a>"},
		{"/?search=zz", "Nobody found", "Ada Brandt</a>"},
		{"/?kiosk=front-door", "Ada", "Dora"},
		{"/live?state=out", "Dora", "<html"},
	} {
		_, body := w.get(c, x.query)
		for _, h := range strings.Split(x.has, "|") {
			if !strings.Contains(body, h) {
				t.Errorf("%q lacks %q", x.query, h)
			}
		}
		if strings.Contains(body, x.not) {
			t.Errorf("%q has %q", x.query, x.not)
		}
	}
}

func TestHoursMinutes(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "0 min", 59*time.Minute + 59*time.Second: "59 min", time.Hour: "1 h 00 min", 26*time.Hour + 5*time.Minute: "26 h 05 min"} {
		if got := admin.HoursMinutes(d); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
}
