package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	teamSize  = 50
	auditRows = 20_000
)

// town is an organisation to be made up: people in teams of 50, a team to each
// kiosk in turn, and punches of shifts from six to two, back from today.
type town struct{ people, kiosks, punches int }

// found makes the organisation with the real central init and fills its tables
// with what central would have made of it. Nothing in it is signed.
func (t town) found(ctx context.Context, dir, home string) error {
	if err := foundEmpty(ctx, dir, home); err != nil {
		return err
	}
	path := filepath.Join(home, "central.db")
	db, err := centraldb.Open(ctx, path)
	if err != nil {
		return err
	}
	if err := errors.Join(t.settle(ctx, db), db.Close()); err != nil {
		return err
	}
	return t.work(ctx, path)
}

// foundEmpty makes an organisation with an owner's account and nobody in it.
func foundEmpty(ctx context.Context, dir, home string) error {
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(pagePassword+"\n"), 0o600); err != nil {
		return err
	}
	init := exec.CommandContext(ctx, filepath.Join(dir, "central"), "init", "--data", home, "--org", org, "--name", "Bench",
		"--zone", "Europe/Berlin", "--owner", pageOwner, "--password-file", password)
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("central init: %w: %s", err, out)
	}
	return nil
}

// settle brings people and kiosks, through the tables' own door.
func (t town) settle(ctx context.Context, db *centraldb.DB) error {
	now := time.Now().UnixNano()
	people := make([]attendance.Person, t.people)
	for i := range people {
		people[i] = attendance.Person{
			ID: fmt.Sprintf("p-%d", i+1), StaffNo: fmt.Sprint(100_000 + i), Name: fmt.Sprintf("Person %05d", i+1),
			Team: fmt.Sprintf("Team %d", i/teamSize), Role: attendance.Regular, Active: true,
		}
	}
	people[0].Role = attendance.Owner
	return db.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.AddPeople(ctx, people, now); err != nil {
			return err
		}
		for i := range t.kiosks {
			k := attendance.Kiosk{ID: fmt.Sprintf("kiosk-%d", i+1), Name: fmt.Sprintf("Kiosk %03d", i+1), Zone: "Europe/Berlin", RequiresPIN: true}
			if err := tx.AddKiosk(ctx, k, now); err != nil {
				return err
			}
			team := fmt.Sprintf("Team %d", i%max(1, t.people/teamSize))
			if err := tx.SetAssignments(ctx, k.ID, centraldb.Assignments{Teams: []string{team}}); err != nil {
				return err
			}
		}
		trail := audit.New(db, time.Now)
		for i := range min(auditRows, t.people*2) {
			if err := trail.Record(ctx, tx, pageOwner, "person.edit", people[i%len(people)].ID, map[string]any{"row": i}); err != nil {
				return err
			}
		}
		return nil
	})
}

// work writes years of shifts straight into the tables: days before today, each
// person in at six and out at two; today a third of them is still there.
func (t town) work(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?_synchronous=OFF&_journal_mode=WAL&_txlock=immediate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	days := t.punches / (2 * t.people)
	first := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days).Add(6 * time.Hour).UnixNano()
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO pins (kind, subject, version, len, sealed, tag, hash, changed_at)
			SELECT 'personal', id, 1, 4, randomblob(60), randomblob(32), randomblob(90), $1 FROM people`, []any{first}},
		{`INSERT INTO pins (kind, subject, version, len, sealed, tag, hash, changed_at)
			SELECT 'universal', id, 1, 4, randomblob(60), randomblob(32), randomblob(90), $1 FROM kiosks`, []any{first}},
		{
			`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
			INSERT INTO punches (id, kiosk, journal, seq, person, action, at, zone, auth)
			SELECT i + 1, 'kiosk-' || (1 + (i % $2) / 50 % $3), zeroblob(16), i + 1, 'p-' || (1 + i % $2),
				CASE i / $2 % 2 WHEN 0 THEN 'in' ELSE 'out' END,
				$4 + i / $2 / 2 * 86400000000000 + i / $2 % 2 * 28800000000000 + i % $2 * 100000000,
				'Europe/Berlin', CASE WHEN i % 97 = 0 THEN 'universal' ELSE 'personal' END FROM n`,
			[]any{days * 2 * t.people, t.people, t.kiosks, first},
		},
		{`INSERT INTO presence (person, state, since, kiosk, at)
			SELECT id, CASE rowid % 3 WHEN 0 THEN 'in' ELSE 'out' END, $1, 'kiosk-1', $1 FROM people`, []any{time.Now().Add(-2 * time.Hour).UnixNano()}},
		// These PINs are noise that no key opens: the nightly check has just been.
		{`INSERT INTO meta (key, value) VALUES ('pins_checked', '{"at":' || $1 || ',"findings":0}')`, []any{time.Now().UnixNano()}},
		{`ANALYZE`, nil},
	} {
		if _, err := db.ExecContext(ctx, step.sql, step.args...); err != nil {
			return fmt.Errorf("%.40s: %w", step.sql, err)
		}
	}
	return nil
}
