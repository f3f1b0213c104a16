package device_test

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const (
	org   = "acme"
	kiosk = "front"
)

// PINs of the test's people.
const (
	annPIN       = "4711"
	bobPIN       = "0815"
	ownerPIN     = "7391"
	universalPIN = "2580"
	wrongPIN     = "9876"
)

// machine is a kiosk's hardware: its clocks are the test's.
type machine struct {
	mu   sync.Mutex
	boot string
	up   time.Duration
	real time.Time
	sync bool
}

func newMachine() *machine {
	return &machine{boot: "boot-1", up: time.Minute, real: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), sync: true}
}

func (m *machine) clocks(zone string) attendance.Stamp {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := attendance.Stamp{
		Real: m.real.UnixNano(), Boot: int64(m.up), Mono: int64(m.up), Raw: int64(m.up),
		BootID: m.boot, Zone: zone, TZData: "test",
	}
	if !m.sync {
		s.Status = attendance.StaUnsync
	}
	return s
}

func (m *machine) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.up += d
	m.real = m.real.Add(d)
}

// reboot starts a new boot; its boottime begins again.
func (m *machine) reboot(id string, up time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boot, m.up = id, up
}

// world is one kiosk with its databases, which can be closed and opened again.
type world struct {
	t        testing.TB
	dir      string
	m        *machine
	key      ed25519.PrivateKey
	seal     *ecdh.PrivateKey
	dummy    []byte
	journal  *devicedb.Journal
	cache    *devicedb.Cache
	terminal *device.Terminal
	log      *safeLog
	wrap     func(device.Journal) device.Journal
	roster   device.Roster // nil: the cache
	match    device.Match
	upkeep   device.Upkeep
	quiet    bool // no log: it would be measured
	version  uint64
}

func hasher(t testing.TB) pin.Hasher {
	t.Helper()
	h, err := pin.NewHasher(4)
	must(t, err)
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	seal, err := pin.NewSealKey(rand.Reader)
	must(t, err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	dummy, err := hasher(t).Dummy()
	must(t, err)
	w := &world{t: t, dir: t.TempDir(), m: newMachine(), key: key, seal: seal, dummy: dummy, log: &safeLog{}}
	w.open()
	t.Cleanup(w.close)
	w.apply(w.settings(true), w.person("ann", attendance.Regular, annPIN, 1, 0), w.person("bob", attendance.Regular, bobPIN, 1, 0),
		w.person("olga", attendance.Owner, ownerPIN, 1, 0), w.universal(universalPIN, 1))
	return w
}

// open starts the kiosk over what is on disk.
func (w *world) open() {
	w.t.Helper()
	var err error
	w.journal, err = devicedb.OpenJournal(w.t.Context(), filepath.Join(w.dir, "journal.db"),
		devicedb.Identity{Org: org, Kiosk: kiosk, Key: w.key},
		devicedb.Options{Random: rand.Reader, Stamp: func() attendance.Stamp { return w.m.clocks("Europe/Berlin") }})
	must(w.t, err)
	w.cache, err = devicedb.OpenCache(w.t.Context(), filepath.Join(w.dir, "cache.db"), devicedb.CacheOptions{BootID: w.m.boot})
	must(w.t, err)
	var j device.Journal = w.journal
	var roster device.Roster = w.cache
	if w.roster != nil {
		roster = w.roster
	}
	if w.wrap != nil {
		j = w.wrap(j)
	}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if w.quiet {
		log = nil
	}
	w.terminal, err = device.NewTerminal(device.Config{
		Org: org, Kiosk: kiosk, Settings: wire.SettingsRow{Zone: "Europe/Berlin", RequiresPIN: true},
		Seal: w.seal, SealKeyID: "k1", Journal: j, Roster: roster, Directory: w.cache, Badges: w.cache,
		Clocks: w.m.clocks, Random: rand.Reader, Dummy: w.dummy, Match: w.match,
		Logger: log, Upkeep: w.upkeep,
	})
	must(w.t, err)
}

func (w *world) close() {
	w.t.Helper()
	if w.journal == nil {
		return
	}
	must(w.t, w.journal.Close())
	must(w.t, w.cache.Close())
	w.journal, w.cache, w.terminal = nil, nil, nil
}

// crash loses everything that was only in memory.
func (w *world) crash() {
	w.t.Helper()
	w.close()
	w.open()
}

func (w *world) apply(rows ...wire.Row) {
	w.t.Helper()
	page := wire.Page{Gen: 1, From: w.version, To: w.version + 1, Parts: 1, Rows: rows}
	must(w.t, w.cache.Apply(w.t.Context(), []wire.Page{page}))
	w.version++
}

func row(t testing.TB, kind, id string, put any) wire.Row {
	t.Helper()
	b, err := json.Marshal(put)
	must(t, err)
	return wire.Row{Kind: kind, ID: id, Put: b}
}

func (w *world) settings(requiresPIN bool) wire.Row {
	w.t.Helper()
	return row(w.t, wire.KindSettings, devicedb.SettingsID, wire.SettingsRow{
		OrgName: "Acme", KioskName: "Front door", Zone: "Europe/Berlin", RequiresPIN: requiresPIN,
	})
}

func (w *world) sealed(kind pin.Kind, subject, role, digits string, version uint64) wire.SealedPIN {
	w.t.Helper()
	p, err := pin.Parse(digits)
	must(w.t, err)
	hash, err := hasher(w.t).Hash(kind, subject, p)
	must(w.t, err)
	blob, err := pin.Seal(w.seal.PublicKey(), pin.Binding{
		Org: org, Kiosk: kiosk, Key: "k1", Kind: kind, Subject: subject, Role: role, Version: version,
	}, hash)
	must(w.t, err)
	return wire.SealedPIN{Version: version, Len: len(digits), Sealed: blob}
}

func (w *world) person(id string, role attendance.Role, digits string, version, unlock uint64) wire.Row {
	w.t.Helper()
	p := wire.PersonRow{
		Person: attendance.Person{ID: id, StaffNo: "s-" + id, Name: strings.ToUpper(id[:1]) + id[1:], Role: role, Active: true},
		Listed: true, UnlockVersion: unlock,
	}
	if digits != "" {
		s := w.sealed(pin.Personal, id, string(role), digits, version)
		p.PIN = &s
	}
	return row(w.t, wire.KindPerson, id, p)
}

func (w *world) universal(digits string, version uint64) wire.Row {
	w.t.Helper()
	return row(w.t, wire.KindUniversal, kiosk, wire.UniversalRow{PIN: w.sealed(pin.Universal, kiosk, "", digits, version)})
}

func (w *world) try(person, digits string) (local.Session, error) {
	w.t.Helper()
	a := local.Attempt{Person: person}
	if digits != "" {
		p, err := pin.Parse(digits)
		must(w.t, err)
		a.PIN = p
	}
	return w.terminal.Identify(w.t.Context(), a)
}

func (w *world) in(person, digits string) local.Session {
	w.t.Helper()
	s, err := w.try(person, digits)
	if err != nil {
		w.t.Fatalf("%s could not be identified: %v", person, err)
	}
	return s
}

// refused fails unless the attempt is refused with the code, and gives the error.
func (w *world) refused(person, digits string, code problem.Code) *problem.Error {
	w.t.Helper()
	_, err := w.try(person, digits)
	if problem.CodeOf(err) != code {
		w.t.Fatalf("%s: err = %v, want %s", person, err, code)
	}
	return problem.From(err)
}

func (w *world) punch(s local.Session, a attendance.Action) local.Receipt {
	w.t.Helper()
	r, err := w.terminal.Punch(w.t.Context(), local.PunchRequest{Session: s.ID, Action: a})
	if err != nil {
		w.t.Fatalf("punch: %v", err)
	}
	return r
}

func (w *world) tick() {
	w.t.Helper()
	must(w.t, w.terminal.Tick(w.t.Context()))
}

// bodies gives what the journal says, from seq on.
func (w *world) bodies(after uint64, types ...record.Type) []record.Body {
	w.t.Helper()
	recs, err := w.journal.After(context.Background(), after, 10000)
	must(w.t, err)
	var out []record.Body
	for _, r := range recs {
		b, err := record.Decode(r.Body)
		must(w.t, err)
		for _, typ := range types {
			if b.Type == typ {
				out = append(out, b)
			}
		}
	}
	return out
}

// safeLog is a log that several goroutines may write.
type safeLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *safeLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// garble makes a database file unreadable.
func garble(t testing.TB, path string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 500)), 0o600))
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}
