package fleet_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

const (
	actor = "ann@acme.example"
	home  = "192.0.2.1"
)

// universals gives every kiosk the same PIN: the rules are another package's.
type universals struct{}

func (universals) NewUniversal(context.Context, *centraldb.Tx, string, int) (pin.PIN, func(context.Context), error) {
	p, err := pin.Parse("4071")
	return p, func(context.Context) {}, err
}

type world struct {
	*fleet.Fleet
	db   *centraldb.DB
	keys *fleet.Keys

	mu      sync.Mutex
	now     time.Time
	changed []string
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) changes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.changed)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	db, err := centraldb.Open(t.Context(), filepath.Join(dir, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Create(t.Context(), centraldb.Organisation{ID: "acme", Name: "Acme", Zone: "Europe/Berlin", Gen: 3, PINLen: 4}); err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	if w.keys, err = fleet.CreateKeys(filepath.Join(dir, "keys"), "acme", w.now); err != nil {
		t.Fatal(err)
	}
	w.Fleet, err = fleet.New(fleet.Config{
		Keys: w.keys, Store: db, Audit: audit.New(db, w.clock), Universals: universals{}, Now: w.clock,
		Brokers: func() []string { return []string{"tls://time.acme.example:8883"} },
		Device:  func() string { return "time.acme.example:8443" },
		Changed: func(_ context.Context, kiosk string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changed = append(w.changed, kiosk)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) kiosk(t *testing.T) string {
	t.Helper()
	k, _, err := w.Create(t.Context(), actor, fleet.NewKiosk{Name: "Front Door", RequiresPIN: true})
	if err != nil {
		t.Fatal(err)
	}
	return k.ID
}

func (w *world) code(t *testing.T, kiosk string) string {
	t.Helper()
	c, err := w.Code(t.Context(), actor, kiosk, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c.Text
}

// machine is a device with its three keys.
type machine struct {
	tls    *ecdsa.PrivateKey
	record ed25519.PrivateKey
	seal   []byte
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, record, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seal, err := pin.NewSealKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{key, record, seal.PublicKey().Bytes()}
}

func (m *machine) request(t *testing.T, code string) wire.EnrolRequest {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "i-choose-my-own-name"}, DNSNames: []string{"central"},
	}, m.tls)
	if err != nil {
		t.Fatal(err)
	}
	return m.sign(t, wire.EnrolRequest{
		Code: code, CSR: csr, RecordKey: m.record.Public().(ed25519.PublicKey), SealKey: m.seal, Serial: "pi <&> 4", Software: "test",
	})
}

func (m *machine) sign(t *testing.T, r wire.EnrolRequest) wire.EnrolRequest {
	t.Helper()
	r, err := r.Sign(m.record)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) auditRows(t *testing.T) []centraldb.AuditRow {
	t.Helper()
	rows, err := w.db.Audit(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
