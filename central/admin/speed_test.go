package admin_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
)

// crowd fills the world with n people in teams of 50 who each worked some days.
func (w *world) crowd(n, days int) {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("Person %05d/Team %03d", i, i/50)
	}
	w.people(names...)
	w.kiosk("front-door", "Front door")
	for day := days - 1; day >= 0; day-- {
		all := make([]attendance.Punch, 0, 4*n)
		for k, a := range []attendance.Action{attendance.In, attendance.BreakStart, attendance.BreakEnd, attendance.Out} {
			if day == 0 && a == attendance.Out {
				continue // they are still there
			}
			for i := range n {
				at := w.now().Add(-time.Duration(day)*24*time.Hour - 4*time.Hour + time.Duration(k)*time.Hour + time.Duration(i)*100*time.Millisecond)
				all = append(all, attendance.Punch{Person: fmt.Sprintf("p-%d", i+1), Kiosk: "front-door", Action: a, At: at, Auth: attendance.AuthPersonal})
			}
		}
		for len(all) > 0 {
			k := min(len(all), 5000)
			w.punches(all[:k]...)
			all = all[k:]
		}
	}
}

// BenchmarkPages measures whole pages, over TLS, at 10,000 people and a week of
// their punches. Each should stay under 50 ms.
func BenchmarkPages(b *testing.B) {
	w := newWorld(b)
	w.crowd(10_000, 7)
	c := w.loggedIn()
	for _, path := range []string{
		"/", "/live", "/?state=out", "/?search=person+09", "/?page=40", "/punches", "/punches?from=2026-02-25", "/punches?person=09999&from=2026-02-25",
		"/punches?page=150", "/punches?view=list", "/punches?view=list&from=2026-02-25", "/punches?view=list&person=09999&from=2026-02-25", "/punches?kiosk=front-door&team=Team+199",
		"/team", "/team?page=199", "/team?search=person+09&role=regular", "/team/p-9999", "/punches/requests", "/messages",
	} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				if res, _ := w.get(c, path); res.StatusCode != http.StatusOK {
					b.Fatal(res.Status)
				}
			}
		})
	}
}
