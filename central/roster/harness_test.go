package roster_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/roster"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

const org = "acme"

// centre is rosters over a real database; what is pushed ends in a list.
type centre struct {
	t       testing.TB
	db      *centraldb.DB
	rosters *roster.Rosters
	spread  *roster.Spread // nil: everything is pushed at once
	key     ed25519.PrivateKey
	seals   map[string]*ecdh.PrivateKey

	mu     sync.Mutex
	pushed []wire.Message
	opened int // hashes opened
	added  []string
}

func newCentre(t testing.TB) *centre {
	t.Helper()
	db, err := centraldb.Open(t.Context(), filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Create(t.Context(), centraldb.Organisation{ID: org, Name: "Acme", Zone: "UTC", Gen: 3, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	seed := sha256.Sum256([]byte("central"))
	c := &centre{t: t, db: db, key: ed25519.NewKeyFromSeed(seed[:]), seals: map[string]*ecdh.PrivateKey{}}
	c.rosters = c.newRosters(db)
	return c
}

// newRosters gives another process's view of the same database.
func (c *centre) newRosters(rows roster.Rows) *roster.Rosters {
	ids, err := wire.NewIDs(bytes.NewReader([]byte("12345678")))
	if err != nil {
		c.t.Fatal(err)
	}
	return roster.New(roster.Config{
		Org: org, Signer: wire.NewSigner(c.key), NewID: ids.Next, Source: c.db, Rows: rows, OpenHash: c.openHash,
		Publisher: c, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Messages: c.db, Spread: c.spread,
		Added: func(_ string, people []string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.added = append(c.added, people...)
		},
	})
}

// openHash stands for the data key: what lies in the table is the hash with a prefix.
func (c *centre) openHash(_ pin.Kind, subject string, version uint64, sealed []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened++
	hash, ok := bytes.CutPrefix(sealed, []byte("locked:"))
	if !ok || !bytes.Equal(hash, hashOf(subject, version)) {
		return nil, fmt.Errorf("open %s: %q", subject, sealed)
	}
	return hash, nil
}

// hashOf is as long as a bcrypt hash.
func hashOf(subject string, version uint64) []byte {
	return fmt.Appendf(nil, "$2a$10$%-53.53s", fmt.Sprintf("%s.%d", subject, version))
}

// Publish keeps what is pushed.
func (c *centre) Publish(_ context.Context, m wire.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pushed = append(c.pushed, m)
	return nil
}

// change runs f in one transaction.
func (c *centre) change(f func(ctx context.Context, tx *centraldb.Tx) error) {
	c.t.Helper()
	if err := c.db.Update(c.t.Context(), func(tx *centraldb.Tx) error { return f(c.t.Context(), tx) }); err != nil {
		c.t.Fatal(err)
	}
}

func (c *centre) enrol(id, seed string) {
	c.t.Helper()
	sum := sha256.Sum256([]byte(seed))
	key, err := ecdh.X25519().NewPrivateKey(sum[:])
	if err != nil {
		c.t.Fatal(err)
	}
	fresh := c.seals[id] == nil
	c.seals[id] = key
	a := attendance.Kiosk{ID: id, Name: "Kiosk " + id, Zone: "Europe/Berlin", RequiresPIN: true}
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		if fresh {
			if err := tx.AddKiosk(ctx, a, 1); err != nil {
				return err
			}
		}
		return tx.SetKioskIdentity(ctx, centraldb.Kiosk{
			Kiosk: a, Status: centraldb.KioskEnrolled, RecordKey: make([]byte, 32), SealKey: key.PublicKey().Bytes(),
		})
	})
}

func person(id string, role attendance.Role) attendance.Person {
	return attendance.Person{ID: id, Name: "Name of " + id, Team: "team-" + id[:1], Role: role, Active: true}
}

func (c *centre) addPeople(people ...attendance.Person) {
	c.t.Helper()
	c.change(func(ctx context.Context, tx *centraldb.Tx) error { return tx.AddPeople(ctx, people, 1) })
}

// setPIN gives a subject a PIN; with no hash it is still being made.
func (c *centre) setPIN(kind pin.Kind, subject string, version uint64, hashed bool) {
	c.t.Helper()
	c.change(func(ctx context.Context, tx *centraldb.Tx) error {
		return tx.SetPIN(ctx, pinOf(kind, subject, version, hashed))
	})
}

func pinOf(kind pin.Kind, subject string, version uint64, hashed bool) centraldb.PIN {
	p := centraldb.PIN{Kind: kind, Subject: subject, Version: version, Len: 4, Sealed: []byte{1}, Tag: []byte{2}}
	if hashed {
		p.Hash = append([]byte("locked:"), hashOf(subject, version)...)
	}
	return p
}

func (c *centre) assign(kiosk string, a centraldb.Assignments) {
	c.t.Helper()
	c.change(func(ctx context.Context, tx *centraldb.Tx) error { return tx.SetAssignments(ctx, kiosk, a) })
}

func (c *centre) refresh(kiosks ...string) {
	c.t.Helper()
	if err := c.rosters.Refresh(c.t.Context(), kiosks...); err != nil {
		c.t.Fatal(err)
	}
}

// open verifies a message as a kiosk does.
func (c *centre) open(m wire.Message, typ wire.Type, into any) wire.Topic {
	c.t.Helper()
	t, e, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) {
		return c.key.Public().(ed25519.PublicKey), nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if e.Type != typ {
		c.t.Fatalf("a %s message, want %s", e.Type, typ)
	}
	if err := e.Decode(into); err != nil {
		c.t.Fatal(err)
	}
	return t
}

// copyOf is a kiosk's copy of its roster.
type copyOf struct {
	gen, version uint64
	rows         map[string]json.RawMessage // by kind/id
}

func newCopy() *copyOf { return &copyOf{rows: map[string]json.RawMessage{}} }

// apply applies pages that belong together, as an inbox does.
func (k *copyOf) apply(t testing.TB, pages []wire.Page) {
	t.Helper()
	if len(pages) == 0 || len(pages) != pages[0].Parts {
		t.Fatalf("%d pages", len(pages))
	}
	if pages[0].From == 0 {
		clear(k.rows)
	} else if pages[0].From != k.version {
		t.Fatalf("a delta from %d at %d", pages[0].From, k.version)
	}
	deletes := true
	for i, p := range pages {
		if p.Part != i || p.From != pages[0].From || p.To != pages[0].To {
			t.Fatalf("part %d: %+v", i, p)
		}
		for _, row := range p.Rows {
			if row.Put == nil && !deletes {
				t.Fatal("a delete after a put")
			}
			deletes = row.Put == nil
			if deletes {
				delete(k.rows, row.Kind+"/"+row.ID)
			} else {
				k.rows[row.Kind+"/"+row.ID] = row.Put
			}
		}
	}
	k.gen, k.version = pages[0].Gen, pages[0].To
}

// pull brings the copy up to date by asking; it says whether it had to refetch.
func (c *centre) pull(kiosk string, k *copyOf) (refetch bool) {
	c.t.Helper()
	out, err := c.rosters.Pages(c.t.Context(), kiosk, "q1", wire.Pull{Gen: k.gen, Version: k.version})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, e, err := wire.Peek(out[0]); err == nil && e.Type == wire.TypeRefetch {
		refetch, out = true, out[1:]
	}
	pages := make([]wire.Page, len(out))
	for i, m := range out {
		if t := c.open(m, wire.TypePage, &pages[i]); t.Channel != wire.DownRes || t.Kiosk != kiosk {
			c.t.Fatalf("topic %s", t)
		}
	}
	k.apply(c.t, pages)
	return refetch
}

// person reads a row; nil where there is none.
func (k *copyOf) person(t testing.TB, id string) *wire.PersonRow {
	t.Helper()
	raw, ok := k.rows[wire.KindPerson+"/"+id]
	if !ok {
		return nil
	}
	var row wire.PersonRow
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	return &row
}

// hash opens a sealed PIN as the kiosk would.
func (c *centre) hash(kiosk string, kind pin.Kind, subject string, role attendance.Role, s *wire.SealedPIN) []byte {
	c.t.Helper()
	key := c.seals[kiosk]
	out, err := pin.Open(key, pin.Binding{
		Org: org, Kiosk: kiosk, Key: pin.SealKeyIDOf(key.PublicKey()), Kind: kind, Subject: subject, Role: string(role), Version: s.Version,
	}, s.Sealed)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}
