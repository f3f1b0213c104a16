package device_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store"
)

// BenchmarkIdentifyAndPunch measures what a person waits for besides bcrypt, and
// beside it two bare single-row commits of the same durability: the p99 of the
// one should be within twice the p99 of the other.
func BenchmarkIdentifyAndPunch(b *testing.B) {
	w := newBench(b)
	bare := newBare(b)
	var ours, theirs []time.Duration
	for n := 0; b.Loop(); n++ {
		began := time.Now()
		s := w.in(fmt.Sprintf("p%03d", n%500), annPIN)
		w.punch(s, s.Actions[0])
		ours = append(ours, time.Since(began))
		began = time.Now()
		bare(b, n)
		bare(b, n)
		theirs = append(theirs, time.Since(began))
	}
	b.ReportMetric(float64(p99(ours).Microseconds()), "p99-µs")
	b.ReportMetric(float64(p99(theirs).Microseconds()), "bare-p99-µs")
	b.ReportMetric(float64(p99(ours))/float64(p99(theirs)), "ratio")
}

func p99(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)*99/100]
}

// newBench gives a kiosk with 500 people whose comparisons cost nothing.
func newBench(b *testing.B) *world {
	b.Helper()
	w := newWorld(b)
	w.match = func(hash []byte, kind pin.Kind, _ string, _ pin.PIN) (bool, error) {
		return kind == pin.Personal && len(hash) > 0, nil
	}
	w.quiet = true
	w.crash()
	for i := range 500 {
		w.apply(w.person(fmt.Sprintf("p%03d", i), attendance.Regular, annPIN, 1, 0))
	}
	return w
}

func newBare(b *testing.B) func(b *testing.B, n int) {
	b.Helper()
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "bare.db"), store.Options{
		Migrations: fstest.MapFS{"0001_init.sql": {Data: []byte(`CREATE TABLE punches (id INTEGER PRIMARY KEY, body BLOB NOT NULL)`)}},
	})
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	insert, err := db.Prepare(b.Context(), `INSERT INTO punches (body) VALUES ($1)`)
	must(b, err)
	body := make([]byte, 400)
	return func(b *testing.B, _ int) {
		b.Helper()
		must(b, db.Write(context.Background(), func(tx *sql.Tx) error {
			_, err := tx.StmtContext(context.Background(), insert).Exec(body)
			return err
		}))
	}
}

// BenchmarkPeople measures a full page of a roster of 500.
func BenchmarkPeople(b *testing.B) {
	w := newBench(b)
	for b.Loop() {
		_, err := w.terminal.People(b.Context(), local.PeopleQuery{Search: "p", Limit: 50})
		must(b, err)
	}
}
