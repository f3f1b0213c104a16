package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

var errPowerCut = errors.New("power cut")

// eightDigits are PINs that don't come about by chance in a file.
func eightDigits() map[string]string {
	return map[string]string{"p-ann": "90817263", "p-bo": "83729101", "p-cy": "61728390"}
}

// withPINs puts PINs with hashes and an open code into a server's database.
func withPINs(t *testing.T, data string) {
	t.Helper()
	ctx := t.Context()
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		book := bookOf(t, keys)
		err := db.Update(ctx, func(tx *centraldb.Tx) error {
			for subject, digits := range eightDigits() {
				if err := tx.SetPIN(ctx, sealed(t, book, subject, digits)); err != nil {
					return err
				}
			}
			if err := tx.AddKiosk(ctx, attendance.Kiosk{ID: "door", Name: "Door", Zone: "UTC"}, 1); err != nil {
				return err
			}
			return tx.AddCode(ctx, centraldb.Code{HMAC: []byte{1}, Kiosk: "door", CreatedAt: 1, ExpiresAt: time.Now().Add(time.Hour).UnixNano()})
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func sealed(t *testing.T, book *team.Book, subject, digits string) centraldb.PIN {
	t.Helper()
	p, err := pin.Parse(digits)
	if err != nil {
		t.Fatal(err)
	}
	row, err := book.Row(rand.Reader, pin.Personal, subject, 3, p, 1)
	if err != nil {
		t.Fatal(err)
	}
	if row.Hash, err = book.SealHash(rand.Reader, pin.Personal, subject, 3, []byte("hash of "+subject)); err != nil {
		t.Fatal(err)
	}
	return row
}

func bookOf(t *testing.T, keys *fleet.Keys) *team.Book {
	t.Helper()
	book, err := team.NewBook(keys.Org, keys.Data)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// withServer opens keys and database as the server does when it starts.
func withServer(t *testing.T, data string, f func(*centraldb.DB, *fleet.Keys)) {
	t.Helper()
	p := place{Data: data}
	keys, err := p.openKeys()
	if err != nil {
		t.Fatal(err)
	}
	db, err := p.openDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := unlock(t.Context(), db, keys); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Settle(); err != nil {
		t.Fatal(err)
	}
	f(db, keys)
}

// revealed opens all PINs, and checks that hashes open and tags are the key's.
func revealed(t *testing.T, db *centraldb.DB, keys *fleet.Keys) map[string]string {
	t.Helper()
	book, got := bookOf(t, keys), map[string]string{}
	rows, err := db.PINs(t.Context(), centraldb.PINKey{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		p, err := book.Open(row)
		if err := errors.Join(err, book.Holds(row)); err != nil {
			t.Fatal(err)
		}
		hash, err := book.OpenHash(row.Kind, row.Subject, row.Version, row.Hash)
		if err != nil || string(hash) != "hash of "+row.Subject {
			t.Fatalf("hash of %s: %q, %v", row.Subject, hash, err)
		}
		got[row.Subject] = p.Reveal()
	}
	return got
}

// verify runs central keys verify --json.
func verify(t *testing.T, data string) (int, verification) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"keys", "verify", "--data", data, "--json"}, strings.NewReader(""), &out, &errs)
	var v verification
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s %s", err, out.String(), errs.String())
	}
	if (code == 0) != v.OK {
		t.Fatalf("exit code %d, ok %v", code, v.OK)
	}
	return code, v
}

// Wherever the power goes, keys and database still belong together, every PIN
// opens, and the next rotation ends.
func TestARotationMayStopAnywhere(t *testing.T) {
	t.Parallel()
	committed := map[point]bool{afterStaging: false, beforeCommit: false, afterCommit: true, afterSettle: true}
	for _, dataKey := range []bool{false, true} {
		for cut, done := range committed {
			t.Run(fmt.Sprintf("new data key %v, %s", dataKey, cut), func(t *testing.T) {
				t.Parallel()
				data, _ := setUp(t)
				withPINs(t, data)
				_, before := verify(t, data)
				r := &rotation{place: place{Data: data}, dataKey: dataKey, now: time.Now, at: func(p point) error {
					if p == cut {
						return errPowerCut
					}
					return nil
				}}
				if err := r.run(t.Context()); !errors.Is(err, errPowerCut) {
					t.Fatal(err)
				}
				code, v := verify(t, data)
				if code != 0 || v.PINs != 3 || (v.Key != before.Key) != done {
					t.Fatalf("%d %+v, before it was key %s", code, v, before.Key)
				}
				withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
					if diff := cmp.Diff(eightDigits(), revealed(t, db, keys)); diff != "" {
						t.Fatal(diff)
					}
				})
				if _, err := os.Lstat(filepath.Join(data, "keys", "data.key.next")); !errors.Is(err, os.ErrNotExist) {
					t.Error("the server left the interrupted rotation as it was", err)
				}
				again := &rotation{place: place{Data: data}, dataKey: dataKey, now: time.Now, at: func(point) error { return nil }}
				if err := again.run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if code, last := verify(t, data); code != 0 || last.Key == v.Key || last.PINs != 3 {
					t.Fatalf("%d %+v", code, last)
				}
			})
		}
	}
}

// A stolen database tells no PIN, by whatever keys; with its key it tells all.
func TestAStolenDatabase(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	withPINs(t, data)
	text, err := os.ReadFile(filepath.Join(data, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("p-ann")) {
		t.Fatal("the test would not find a PIN either")
	}
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		secrets := []string{
			string(keys.Data[:]), string(keys.Wrapping.Key[:]),
			hex.EncodeToString(keys.Data[:]), hex.EncodeToString(keys.Wrapping.Key[:]),
		}
		for subject, digits := range eightDigits() {
			secrets = append(secrets, digits, "hash of "+subject)
		}
		for i, s := range secrets {
			if bytes.Contains(text, []byte(s)) {
				t.Errorf("secret %d lies bare in the database", i)
			}
		}
		if diff := cmp.Diff(eightDigits(), revealed(t, db, keys)); diff != "" {
			t.Error(diff)
		}
	})
	thief, _ := setUp(t) // their own server, of the same name
	if err := os.WriteFile(filepath.Join(thief, "central.db"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, v := verify(t, thief); code != problem.Untrusted.ExitCode() || v.PINs != 0 {
		t.Errorf("%d %+v", code, v)
	}
}

// After a new data key nothing in the file is written under the old one any more,
// and neither old key opens anything.
func TestANewDataKeyLeavesNothingUnderTheOldOne(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	withPINs(t, data)
	var old [][]byte
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		rows, err := db.PINs(t.Context(), centraldb.PINKey{}, 100)
		if err != nil || len(rows) != 3 {
			t.Fatal(rows, err)
		}
		for _, row := range rows {
			old = append(old, row.Sealed, row.Tag, row.Hash)
		}
		text, err := db.Meta(t.Context(), keyData)
		if err != nil {
			t.Fatal(err)
		}
		old = append(old, []byte(text))
	})
	var out bytes.Buffer
	if code := run(t.Context(), []string{"keys", "rotate", "--data", data, "--data-key"}, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatal(out.String())
	}
	for _, says := range []string{"3 PINs were written", "1 open enrolment code"} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("not said: %s in %s", says, out.String())
		}
	}
	text, err := os.ReadFile(filepath.Join(data, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range old {
		if bytes.Contains(text, b) {
			t.Errorf("old value %d is still in the file", i)
		}
	}
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		if diff := cmp.Diff(eightDigits(), revealed(t, db, keys)); diff != "" {
			t.Error(diff)
		}
	})
}

// A database whose key file is the data key itself, as the first version's were,
// opens; a rotation separates the two.
func TestABareDataKeyOpensAndIsSeparated(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	keys, err := fleet.CreateKeys(filepath.Join(data, "keys"), "acme", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	bare(t, data, keys)
	withPINs(t, data)
	code, v := verify(t, data)
	if code != 0 || v.PINs != 3 || v.Key != "" {
		t.Fatalf("%d %+v", code, v)
	}
	old := bookOf(t, keys)
	r := &rotation{place: place{Data: data}, now: time.Now, at: func(point) error { return nil }}
	if err := r.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, v = verify(t, data); code != 0 || v.PINs != 3 || v.Key != r.id {
		t.Fatalf("%d %+v", code, v)
	}
	withServer(t, data, func(db *centraldb.DB, now *fleet.Keys) {
		if now.Data == keys.Data {
			t.Error("the data key that lay in the file is still in use")
		}
		row, err := db.PIN(t.Context(), pin.Personal, "p-ann")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := old.Open(row); !problem.Is(err, problem.Damaged) {
			t.Error("the old key opens a PIN", err)
		}
	})
}

// bare makes the database that the first version's init made.
func bare(t *testing.T, data string, keys *fleet.Keys) {
	t.Helper()
	ctx := context.Background()
	db, err := centraldb.Open(ctx, filepath.Join(data, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	check, err := keys.Check()
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(ctx, func(tx *centraldb.Tx) error { return tx.SetMeta(ctx, "key_check", check) })
	err = errors.Join(err, db.Create(ctx, centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "UTC", Gen: 1, PINLen: 4}), db.Close())
	if err != nil {
		t.Fatal(err)
	}
}

// One PIN that was moved to another person is found and named; the others open.
// A rotation that would have to move it changes nothing.
func TestADamagedPINIsNamed(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	withPINs(t, data)
	withServer(t, data, func(db *centraldb.DB, _ *fleet.Keys) {
		err := db.Update(t.Context(), func(tx *centraldb.Tx) error {
			row, err := tx.PIN(t.Context(), pin.Personal, "p-ann")
			if err != nil {
				return err
			}
			row.Subject = "p-eve"
			return tx.SetPIN(t.Context(), row)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	code, v := verify(t, data)
	if code != problem.Damaged.ExitCode() || v.PINs != 3 || !cmp.Equal(v.Damaged, []string{"personal p-eve"}) {
		t.Fatalf("%d %+v", code, v)
	}
	key := v.Key
	r := &rotation{place: place{Data: data}, dataKey: true, now: time.Now, at: func(point) error { return nil }}
	if err := r.run(t.Context()); !problem.Is(err, problem.Damaged) {
		t.Fatal(err)
	}
	if _, v = verify(t, data); v.Key != key || v.PINs != 3 {
		t.Fatalf("%+v", v)
	}
}

// Beside a running server keys are verified but not exchanged.
func TestARunningServerKeepsItsKeys(t *testing.T) {
	t.Parallel()
	data, _ := setUp(t)
	lock, err := lockData(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range [][]string{{"rotate"}, {"replace", "--pins-out", filepath.Join(data, "pins.csv")}} {
		var out bytes.Buffer
		code := run(t.Context(), append([]string{"keys"}, append(verb, "--data", data)...), strings.NewReader(""), &out, &out)
		if code != problem.Conflict.ExitCode() || !strings.Contains(out.String(), "Stop it first") {
			t.Errorf("%s: %d %s", verb, code, out.String())
		}
	}
	if code, v := verify(t, data); code != 0 {
		t.Errorf("%d %+v", code, v)
	}
	if err := lock.release(); err != nil {
		t.Fatal(err)
	}
}
