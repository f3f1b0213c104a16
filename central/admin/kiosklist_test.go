package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// What is not there is not found, whatever is asked of it.
func TestUnknownKiosk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	for _, at := range []string{"/kiosks/none", "/kiosks/none/people", "/kiosks/none/universal", "/kiosks/%2e%2e%2fpunches"} {
		if res, _ := w.get(c, at); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s", at, res.Status)
		}
	}
	for at, form := range map[string]url.Values{
		"settings": {"name": {"x"}, "zone": {zoneName}, "mode": {"live"}}, "people": {"groups": {"yes"}}, "universal": {"how": {"generate"}}, "code": nil, "revoke": {"confirm": {"x"}},
	} {
		if res, _ := w.post(c, "/kiosks/none/"+at, form); res.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: %s", at, res.Status)
		}
	}
}

// The list says how each kiosk is, and finds those that need somebody.
func TestKioskList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt/Bakery")
	w.kiosk("new-one", "New one")
	w.enrolled("fine", "Fine", 20*time.Second, 0)
	w.enrolled("silent", "Silent one", 26*time.Hour, 0)
	w.enrolled("waiting", "Waiting", time.Minute, 3)
	w.enrolled("nightly", "Nightly", 26*time.Hour, 0)
	c := w.loggedIn()
	w.done(c, "/kiosks/nightly/settings", url.Values{"name": {"Nightly"}, "zone": {zoneName}, "mode": {"scheduled"}, "schedule": {"0 3 * * *"}, "requires_pin": {"yes"}})
	_, version := w.settings("nightly")
	if err := w.db.Seen(t.Context(), centraldb.Seen{Kiosk: "nightly", At: w.now().Add(-26 * time.Hour), Roster: version}); err != nil {
		t.Fatal(err)
	}
	names := func(query string) string {
		_, body := w.get(c, "/kiosks"+query)
		var out []string
		for _, m := range regexp.MustCompile(`<a href="/kiosks/([a-z-]+)">`).FindAllStringSubmatch(body, -1) {
			out = append(out, m[1])
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"": "silent waiting fine new-one nightly", "?status=attention": "silent waiting", "?status=new": "new-one", "?status=revoked": "",
		"?search=SILENT": "silent", "?search=one": "silent new-one", "?search=zzz": "", "?page=9": "",
	} {
		if got := names(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// Pages of kiosks turn.
func TestKioskListPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx *centraldb.Tx) error {
		for i := range 130 {
			k := attendance.Kiosk{ID: fmt.Sprintf("k-%03d", i), Name: fmt.Sprintf("Kiosk %03d", i), Zone: zoneName}
			if err := tx.AddKiosk(t.Context(), k, 1); err != nil {
				return err
			}
		}
		return nil
	})
	c := w.loggedIn()
	_, first := w.get(c, "/kiosks?search=kiosk")
	_, second := w.get(c, "/kiosks?search=kiosk&page=1")
	if !strings.Contains(first, "Kiosk 099") || strings.Contains(first, "Kiosk 100") || !strings.Contains(first, `rel="next" href="/kiosks?page=1&amp;search=kiosk"`) ||
		!strings.Contains(second, "Kiosk 129") || strings.Contains(second, "Kiosk 099") || !strings.Contains(second, `rel="prev" href="/kiosks?search=kiosk"`) || strings.Contains(second, `rel="next"`) {
		t.Error("pages do not turn")
	}
}

// Uses of the Universal PIN are listed at their kiosk, and only they.
func TestUniversalUses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people("Ada Brandt", "Ben Okafor", "Cleo Dubois")
	w.kiosk("front-door", "Front door")
	w.kiosk("canteen", "Canteen")
	c := w.loggedIn()
	if _, body := w.get(c, "/kiosks/front-door/universal"); !strings.Contains(body, "Not used") {
		t.Error("the empty list does not say so")
	}
	var all []attendance.Punch
	for i := range 55 {
		all = append(all, attendance.Punch{Person: "p-1", Kiosk: "front-door", Action: []attendance.Action{attendance.In, attendance.Out}[i%2], At: w.now().Add(time.Duration(i-100) * time.Hour), Auth: attendance.AuthUniversal, Note: fmt.Sprintf("reason %02d", i)})
	}
	all = append(all, attendance.Punch{Person: "p-2", Kiosk: "canteen", Action: attendance.In, At: w.now(), Auth: attendance.AuthUniversal},
		attendance.Punch{Person: "p-3", Kiosk: "front-door", Action: attendance.In, At: w.now(), Auth: attendance.AuthPersonal})
	w.punches(all...)
	_, body := w.get(c, "/kiosks/front-door")
	if strings.Count(body, `<li><span class="pip`) != 8 || !strings.Contains(body, "reason 54") || !strings.Contains(body, "All uses") || strings.Contains(body, "Ben Okafor") || strings.Contains(body, "Cleo") {
		t.Error("the kiosk's page lists other punches")
	}
	_, first := w.get(c, "/kiosks/front-door/universal")
	_, second := w.get(c, "/kiosks/front-door/universal?page=1")
	if strings.Count(first, `<li><span class="pip`) != 50 || strings.Count(second, `<li><span class="pip`) != 5 || !strings.Contains(second, "reason 00") || strings.Contains(first+second, "Cleo") {
		t.Error("the list of uses is wrong")
	}
}

// BenchmarkKioskPages measures the pages of kiosks at 10,000 people, 200 kiosks
// that list everyone and a week of punches. Each should stay under 50 ms.
func BenchmarkKioskPages(b *testing.B) {
	w := newWorld(b)
	w.crowd(10_000, 7)
	w.update(func(tx *centraldb.Tx) error {
		for i := range 200 {
			k := attendance.Kiosk{ID: fmt.Sprintf("k-%03d", i), Name: fmt.Sprintf("Kiosk %03d", i), Zone: zoneName}
			if err := tx.AddKiosk(b.Context(), k, 1); err != nil {
				return err
			}
			a := centraldb.Assignments{Everyone: i%2 == 0, Teams: []string{"Team 001", "Team 002"}, People: []string{"p-9999"}}
			if err := tx.SetAssignments(b.Context(), k.ID, a); err != nil {
				return err
			}
		}
		return nil
	})
	c := w.loggedIn()
	for _, path := range []string{"/kiosks", "/kiosks?page=1", "/kiosks?search=19", "/kiosks/k-001", "/kiosks/k-001/people", "/kiosks/k-001/people?search=person+09", "/kiosks/front-door/universal"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				if res, _ := w.get(c, path); res.StatusCode != http.StatusOK {
					b.Fatal(res.Status)
				}
			}
		})
	}
}
