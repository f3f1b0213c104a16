package witness_test

import (
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/witness"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const org = "acme"

func keyOf(name string) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	return ed25519.NewKeyFromSeed(seed)
}

// site is a server's database, to which kiosks send.
type site struct {
	t    testing.TB
	path string
	db   *centraldb.DB
	log  *centraldb.Records
	now  time.Time
	at   map[string]centraldb.Cursor
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, path: filepath.Join(t.TempDir(), "central.db"), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), at: map[string]centraldb.Cursor{}}
	var err error
	if s.db, err = centraldb.Open(t.Context(), s.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.db.Close(); err != nil {
			t.Error(err)
		}
	})
	s.must(s.db.Create(t.Context(), centraldb.Organisation{ID: org, Name: "Acme", Zone: "Europe/Berlin", Gen: 1, PINLen: 4}))
	if s.log, err = s.db.Records(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// send has a kiosk send n more records of a journal.
func (s *site) send(kiosk string, journal byte, n int) {
	s.t.Helper()
	place := fmt.Sprint(kiosk, journal)
	c := record.Chain{Org: org, Kiosk: kiosk, Journal: record.JournalID{journal}}
	before := s.at[place]
	prev := before.Hash
	if !before.Known {
		prev = c.Genesis(keyOf(kiosk).Public().(ed25519.PublicKey))
	}
	b := centraldb.Batch{Kiosk: kiosk, Journal: c.Journal, Before: before, ReceivedAt: s.now}
	for i := range n {
		r, err := record.Append(c, keyOf(kiosk), before.Through+uint64(i)+1, prev, fmt.Appendf(nil, `{"i":%d}`, i))
		s.must(err)
		b.Good, prev = append(b.Good, r), r.Hash
		b.Through, b.Hash = r.Seq, r.Hash
	}
	if ok, err := s.log.Append(s.t.Context(), []centraldb.Batch{b}); err != nil || !ok[0] {
		s.t.Fatal(ok, err)
	}
	s.at[place] = centraldb.Cursor{Through: b.Through, Hash: b.Hash, Known: true}
	s.must(s.db.Update(s.t.Context(), func(tx *centraldb.Tx) error {
		last, err := tx.LastAudit(s.t.Context())
		if err != nil {
			return err
		}
		return tx.AddAudit(s.t.Context(), centraldb.AuditRow{ID: last.ID + 1, At: s.now.UnixNano(), Actor: "a", Action: "b", Subject: "c", Detail: "{}", Hash: prev[:]})
	}))
}

// sql changes the file as somebody does who can write it.
func (s *site) sql(statements ...string) {
	s.t.Helper()
	db, err := store.OpenDamaged(s.t.Context(), s.path)
	s.must(err)
	for _, name := range []string{"records_no_update", "records_no_delete", "audit_no_update", "audit_no_delete"} {
		statements = append([]string{"DROP TRIGGER " + name}, statements...)
	}
	for _, q := range statements {
		_, err := db.ExecContext(s.t.Context(), q)
		s.must(err)
	}
	s.must(db.Close())
}

// line is one of this moment.
func (s *site) line() witness.Line {
	s.t.Helper()
	l, err := witness.Now(s.t.Context(), s.db, org, s.now)
	s.must(err)
	s.now = s.now.Add(24 * time.Hour)
	return l.Seal(keyOf("central"))
}

func (s *site) check(lines ...witness.Line) witness.Report {
	s.t.Helper()
	public := keyOf("central").Public().(ed25519.PublicKey)
	r, err := witness.Check(s.t.Context(), s.db, org, map[string]ed25519.PublicKey{wire.KeyID(public): public}, lines)
	s.must(err)
	return r
}

// days has two kiosks work for a few days, one of them in two journals, and gives the
// line of each day.
func (s *site) days() []witness.Line {
	lines := []witness.Line{s.line()} // before anything came in
	for _, day := range []func(){
		func() { s.send("gate", 1, 5) },
		func() { s.send("lobby", 1, 700); s.send("gate", 1, 2) },
		func() {},
		func() { s.send("gate", 2, 1500); s.send("lobby", 1, 1) },
		func() { s.send("gate", 2, 3); s.send("gate", 1, 1) },
	} {
		day()
		lines = append(lines, s.line())
	}
	return lines
}

func TestWhatWasThereIsStillThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	lines := s.days()
	s.send("yard", 1, 3) // of today: no line knows of it
	if lines[0].Journals != 0 || lines[5].Journals != 3 || lines[3].Heads != lines[2].Heads || lines[4].Heads == lines[3].Heads {
		t.Errorf("%v", lines)
	}
	slices.Reverse(lines) // as several files put together are
	r := s.check(lines...)
	if r.Err() != nil || r.Lines != 6 || r.Unknown != 0 || !r.First.Before(r.Last) {
		t.Errorf("%+v", r)
	}
	other := lines[2].Seal(keyOf("the key before"))
	if r := s.check(other); r.Err() != nil || r.Unknown != 1 {
		t.Errorf("%+v", r)
	}
	if r := s.check(); r.Err() != nil || r.Lines != 0 {
		t.Errorf("%+v", r)
	}
}

// A database that was replaced or written anew as a whole, with chains that hold, does
// not contain what it had.
func TestADatabaseThatIsNotWhatItWasShows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql   string
		kind  witness.Kind
		first int // the first line that shows it
		many  int
	}{
		"another record at an end":     {`UPDATE records SET hash = randomblob(32) WHERE kiosk = 'lobby' AND seq = 700`, witness.Other, 2, 2},
		"a history of the same length": {`UPDATE records SET hash = randomblob(32)`, witness.Other, 1, 5},
		"a journal less":               {`DELETE FROM records WHERE kiosk = 'gate' AND journal >= x'02'; DELETE FROM cursors WHERE kiosk = 'gate' AND journal >= x'02'`, witness.Other, 4, 2},
		"an older copy":                {`DELETE FROM records WHERE id > 707`, witness.GoneBack, 4, 2},
		"a record that came later":     {`UPDATE records SET id = 100000 WHERE kiosk = 'gate' AND journal < x'02' AND seq = 7`, witness.Other, 2, 4},
		"the log of who did what":      {`UPDATE audit SET hash = zeroblob(32) WHERE id = 3`, witness.Audit, 2, 2},
		"the end of that log":          {`DELETE FROM audit WHERE id > 5`, witness.Audit, 5, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			lines := s.days()
			s.sql(c.sql)
			r := s.check(lines...)
			if !problem.Is(r.Err(), problem.Damaged) || r.Broken != c.many {
				t.Fatalf("%+v", r)
			}
			kinds := map[witness.Kind]time.Time{}
			for _, f := range r.Faults {
				if at, ok := kinds[f.Kind]; !ok || f.At.Before(at) {
					kinds[f.Kind] = f.At
				}
				if f.Why == "" || f.Next == "" {
					t.Errorf("%+v", f)
				}
			}
			if at, ok := kinds[c.kind]; !ok || !at.Equal(lines[c.first].At) {
				t.Errorf("%+v", r.Faults)
			}
		})
	}
}

func TestALineThatWasChangedIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	lines := s.days()
	forged := lines[2]
	forged.Heads[0]++
	foreign := lines[3]
	foreign.Org = "other"
	r := s.check(forged, foreign.Seal(keyOf("central")), lines[4])
	if r.Broken != 2 || r.Faults[0].Kind != witness.Forged || r.Faults[1].Kind != witness.Foreign {
		t.Errorf("%+v", r)
	}
}

func TestEachDayHasOneLine(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file := filepath.Join(t.TempDir(), "witness.txt")
	berlin, err := time.LoadLocation("Europe/Berlin")
	s.must(err)
	daily := func() *witness.Daily {
		return witness.NewDaily(witness.Config{
			Store: s.db, Teller: s.db, Org: org, Zone: berlin, Key: keyOf("central"), Now: func() time.Time { return s.now },
			Log: slog.New(slog.DiscardHandler), File: file, Mail: true,
		})
	}
	d := daily()
	once := func(d *witness.Daily, want int) {
		t.Helper()
		s.must(d.Once(t.Context()))
		lines, err := witness.ReadFile(file)
		if err != nil || len(lines) != want {
			t.Fatalf("%d lines, want %d: %v", len(lines), want, err)
		}
		if r := s.check(lines...); r.Err() != nil {
			t.Error(r.Err())
		}
	}
	once(d, 1)
	s.send("gate", 1, 3)
	s.now = s.now.Add(14*time.Hour + 59*time.Minute) // 23:59 in Berlin
	once(d, 1)
	once(daily(), 1) // started anew
	s.now = s.now.Add(2 * time.Minute)
	once(d, 2)
	s.now = s.now.Add(24 * time.Hour)
	text, err := os.ReadFile(file)
	s.must(err)
	s.must(os.WriteFile(file, append(text, "timepost-witness/1 2026-03-0"...), 0o600)) // the power failed
	once(daily(), 3)
	s.now = s.now.Add(24 * time.Hour)
	if text, err = os.ReadFile(file); err != nil || strings.Count(string(text), "\n") != 3 {
		t.Fatal(err, string(text))
	}
	s.must(os.WriteFile(file, text[:len(text)-1], 0o600)) // an editor took the last end of line
	once(daily(), 4)
	s.must(s.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		_, all, err := tx.Unmailed(t.Context(), 10)
		if len(all) != 4 || all[0].Audience != centraldb.ToOwners || !strings.Contains(all[3].Body, "timepost-witness/1 2026-03-04T23") {
			t.Errorf("%+v", all)
		}
		return err
	}))
}

func TestFilesThatCantBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := witness.ReadFile(filepath.Join(dir, "none")); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	for text, code := range map[string]problem.Code{"": problem.NotFound, "# a note\n\n": problem.NotFound, "# a note\nnonsense\n": problem.Invalid} {
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := witness.ReadFile(path); !problem.Is(err, code) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	l := witness.Line{At: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Org: org, Gen: 3, UpTo: 77, Journals: 2, AuditRows: 9}.Seal(keyOf("central"))
	f.Add(l.String())
	f.Add(strings.Replace(l.String(), "gen=3", "gen=03", 1))
	f.Add(strings.Replace(l.String(), "Z acme", "+00:00 acme", 1))
	f.Add("timepost-witness/1")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := witness.Parse(text)
		if err == nil && l.String() != text {
			t.Errorf("%q is read as %q", text, l.String())
		}
	})
}
