package admin_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// sites fills the world with kiosks that offer many of as many projects, and gives
// every tenth person a list of their own.
func (w *world) sites(kiosks, projects, people int) {
	w.t.Helper()
	ctx := w.t.Context()
	w.update(func(tx *centraldb.Tx) error {
		ids := make([]string, projects)
		for i := range ids {
			ids[i] = fmt.Sprintf("j-%05d", i)
			if err := tx.AddProject(ctx, centraldb.Project{ID: ids[i], Name: fmt.Sprintf("Project %05d of the harbour", i), CreatedAt: 1}); err != nil {
				return err
			}
		}
		for i := range kiosks {
			id := fmt.Sprintf("site-%03d", i)
			if err := tx.AddKiosk(ctx, attendance.Kiosk{ID: id, Name: "Site " + id, Zone: zoneName}, 1); err != nil {
				return err
			}
			if err := tx.SetKioskWork(ctx, id, centraldb.KioskWork{Projects: ids[:projects/2]}); err != nil {
				return err
			}
		}
		for i := 0; i < people; i += 10 {
			if err := tx.SetPersonWork(ctx, fmt.Sprintf("p-%d", i+1), centraldb.PersonWork{Projects: ids[i%100 : i%100+5]}); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkProjectPages measures whole pages at 10,000 people, 200 kiosks and 500
// projects. Each should stay under 50 ms.
func BenchmarkProjectPages(b *testing.B) {
	w := newWorld(b)
	w.crowd(10_000, 1)
	w.sites(200, 500, 10_000)
	c := w.loggedIn()
	for _, path := range []string{
		"/projects", "/projects?page=4", "/projects?search=00042", "/projects/j-00010", "/kiosks/site-007", "/kiosks/site-007/projects",
		"/kiosks/site-007/screen", "/team/p-11", "/team/p-11/work", "/punches?view=list", "/punches/new", "/settings/look",
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
