package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// withRecords puts a kiosk with n punches into a server's database, as they come in.
func withRecords(t *testing.T, data string, n int) {
	t.Helper()
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		addRecords(t, db, keys.Org, 0, n)
		digits, err := pin.Parse("83729101")
		if err != nil {
			t.Fatal(err)
		}
		row, err := bookOf(t, keys).Row(rand.Reader, pin.Universal, "door", 1, digits, 1)
		if err == nil {
			err = db.Update(t.Context(), func(tx *centraldb.Tx) error { return tx.SetPIN(t.Context(), row) })
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// addRecords has the kiosk door send punches from..to of its one journal.
func addRecords(t *testing.T, db *centraldb.DB, org string, from, to int) {
	t.Helper()
	ctx, key := t.Context(), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize))
	log, err := db.Records(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if from == 0 {
		err = db.Update(ctx, func(tx *centraldb.Tx) error {
			a := attendance.Kiosk{ID: "door", Name: "Door", Zone: "UTC"}
			if err := tx.AddKiosk(ctx, a, 1); err != nil {
				return err
			}
			return tx.SetKioskIdentity(ctx, centraldb.Kiosk{
				Kiosk: a, Status: centraldb.KioskEnrolled, EnrolledAt: 1, SealKey: make([]byte, 32), RecordKey: key.Public().(ed25519.PublicKey),
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	c := record.Chain{Org: org, Kiosk: "door", Journal: record.JournalID{1}}
	prev, b := c.Genesis(key.Public().(ed25519.PublicKey)), centraldb.Batch{Kiosk: "door", Journal: c.Journal, ReceivedAt: time.Now()}
	for seq := 1; seq <= to; seq++ {
		text, err := record.Encode(record.Body{
			Type: record.Punched, Stamp: attendance.Stamp{Real: int64(seq), Zone: "UTC"}, Person: "ada", Action: attendance.In, Auth: attendance.AuthPersonal,
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.Append(c, key, uint64(seq), prev, text)
		if err != nil {
			t.Fatal(err)
		}
		prev = r.Hash
		if seq <= from {
			b.Before = centraldb.Cursor{Through: r.Seq, Hash: r.Hash, Known: true}
			continue
		}
		b.Good, b.Through, b.Hash = append(b.Good, r), r.Seq, r.Hash
	}
	if ok, err := log.Append(ctx, []centraldb.Batch{b}); err != nil || !ok[0] {
		t.Fatal(ok, err)
	}
	if _, err := ingest.NewProjector(db, ingest.NewCounts(), slog.New(slog.DiscardHandler), nil).Once(ctx); err != nil {
		t.Fatal(err)
	}
}

// rewriteDatabase changes the file as somebody does who can write it.
func rewriteDatabase(t *testing.T, data string, statements ...string) {
	t.Helper()
	db, err := store.OpenDamaged(t.Context(), filepath.Join(data, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// central verify says what does not hold, where, and what to do, for people and for
// programs, with an exit code of its own; beside a server it changes nothing.
func TestVerifyNamesWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	withRecords(t, data, 30)
	verify := func(want int, args ...string) (string, string) {
		t.Helper()
		var out, errs bytes.Buffer
		if got := run(t.Context(), append([]string{"verify", "--data", data}, args...), strings.NewReader(""), &out, &errs); got != want {
			t.Fatalf("exit code %d, want %d\n%s%s", got, want, &out, &errs)
		}
		return out.String(), errs.String()
	}
	if out, _ := verify(0); !strings.Contains(out, "30 in 1 journal,") || !strings.Contains(out, "30 punches say what they say") {
		t.Error(out)
	}
	verify(0, "--quick")
	rewriteDatabase(t, data, `DROP TRIGGER records_no_update`, `DROP TRIGGER punches_no_update`,
		`UPDATE records SET body = CAST(replace(CAST(body AS TEXT), '"ada"', '"bob"') AS BLOB) WHERE seq = 12`, `UPDATE punches SET at = at + 1 WHERE seq = 20`)
	out, errs := verify(65)
	for _, says := range []string{
		`FAILED  records +3 places in the log of records do not hold; the first is kiosk door, journal 0100`,
		`kiosk door, journal 01[0-9a-f]{30}, record 12: altered`, `record 12: the punch that was made of it says something else: person`,
		`record 20: the punch that was made of it says something else: time`, `What to do: .*Copy the data folder before anything else`,
	} {
		if !regexp.MustCompile(says).MatchString(out) {
			t.Errorf("nothing says %q in\n%s", says, out)
		}
	}
	if !strings.Contains(errs, "record 12") {
		t.Error(errs)
	}
	out, _ = verify(65, "--json")
	var found verification
	if err := json.Unmarshal([]byte(out), &found); err != nil || found.OK || found.Ledger.Broken != 3 || found.Ledger.Faults[0].Kind != "altered" || found.Ledger.Faults[0].Seq != 12 {
		t.Errorf("%v %s", err, out)
	}
}

// What was kept elsewhere shows that the database was set back, which nothing in it can.
func TestVerifyAgainstAWitness(t *testing.T) {
	t.Parallel()
	data, token := setUp(t)
	withRecords(t, data, 30)
	file := filepath.Join(t.TempDir(), "witness.txt")
	call := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if got := run(t.Context(), append(args, "--data", data), strings.NewReader(""), &out, &errs); got != want {
			t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, want, &out, &errs)
		}
		return out.String()
	}
	call(66, "verify", "--witness", file)
	s := serve(t, data, token, "--witness", file, "--witness-mail")
	for deadline := time.Now().Add(20 * time.Second); ; {
		if text, err := os.ReadFile(file); err == nil && bytes.HasSuffix(text, []byte("\n")) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server writes no line")
		}
		runtime.Gosched()
	}
	if out := call(0, "verify", "--witness", file); !strings.Contains(out, "(lines: 1)") || !strings.Contains(out, "ok      witness    all that it had from 20") {
		t.Error(out)
	}
	if code := s.stop(); code != 0 {
		t.Fatal(code)
	}
	line := call(0, "witness")
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(line)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	call(0, "verify", "--witness", file)
	// An older copy is put back: everything in it holds, but it is not all.
	rewriteDatabase(t, data, `DROP TRIGGER records_no_delete`, `DROP TRIGGER punches_no_delete`, `DELETE FROM records WHERE seq > 20`, `DELETE FROM punches WHERE seq > 20`,
		`UPDATE cursors SET through = 20, hash = (SELECT hash FROM records WHERE seq = 20)`, `UPDATE projections SET upto = 20`)
	call(0, "verify")
	out := call(65, "verify", "--witness", file)
	for _, says := range []string{`ok      records +20 in 1 journal`, `FAILED  witness +2 of 2 lines`, `the database has gone back: it ends before what it had then`, `What to do: If this server was restored`} {
		if !regexp.MustCompile(says).MatchString(out) {
			t.Errorf("nothing says %q in\n%s", says, out)
		}
	}
}

// Programs of a newer version look at a database of an older one, and leave it alone.
func TestVerifyChangesNothing(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	rewriteDatabase(t, data, `DROP TABLE chain_flaws`, `DELETE FROM schema_migrations WHERE name = '0006_trust.sql'`)
	for _, verb := range [][]string{{"verify"}, {"keys", "verify"}, {"witness"}} {
		var out, errs bytes.Buffer
		if got := run(t.Context(), append(verb, "--data", data), strings.NewReader(""), &out, &errs); got != 75 || !strings.Contains(errs.String(), "of an earlier version") {
			t.Errorf("%v: %d %s%s", verb, got, &out, &errs)
		}
	}
	rewriteDatabase(t, data, `CREATE TABLE chain_flaws (untouched TEXT)`) // nobody has made it meanwhile
}
