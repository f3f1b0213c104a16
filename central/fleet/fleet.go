package fleet

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Store is the tables. Update runs f in one write transaction.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	Organisation(ctx context.Context) (centraldb.Organisation, error)
	Kiosk(ctx context.Context, id string) (centraldb.Kiosk, error)
	Renewal(ctx context.Context, kiosk string) (centraldb.Renewal, error)
	Lists
}

// Lists reads what there is of something.
type Lists interface {
	Restores(ctx context.Context) ([]centraldb.Restore, error)
	Waiting(ctx context.Context, seen int64) ([]centraldb.Waiting, error)
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Universals gives a kiosk its first Universal PIN, in the transaction that adds
// the kiosk. After the commit committed is called; it does not fail.
type Universals interface {
	NewUniversal(ctx context.Context, tx *centraldb.Tx, kiosk string, digits int) (p pin.PIN, committed func(context.Context), err error)
}

// Config is what a Fleet works with. Brokers gives the addresses kiosks connect
// to, tls://host:port. Changed is called after a kiosk's identity has changed: it
// must make every part forget what it knew of the kiosk's keys, close its live
// connections and refresh its roster. Edited is called after its settings have
// changed: its roster is to be refreshed, for they go with it. Now and Random may be nil for the system's.
type Config struct {
	Keys       *Keys
	Store      Store
	Audit      Auditor
	Universals Universals
	Brokers    func() []string
	Device     func() string // host:port of the device listener, for enrolment URLs
	Changed    func(ctx context.Context, kiosk string)
	Edited     func(ctx context.Context, kiosk string)
	Now        func() time.Time
	Random     io.Reader
	Log        *slog.Logger
}

// Fleet administers kiosks.
type Fleet struct {
	Config
	codeKey []byte
	tries   *tries
	turn    chan struct{} // one enrolment at a time: the limits count exactly
}

// New gives a Fleet.
func New(c Config) (*Fleet, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Changed == nil {
		c.Changed = func(context.Context, string) {}
	}
	if c.Edited == nil {
		c.Edited = func(context.Context, string) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	key, err := hkdf.Key(sha256.New, c.Keys.Data[:], nil, "timepost/enrolment-code/v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive code key: %w", err)
	}
	return &Fleet{Config: c, codeKey: key, tries: newTries(), turn: make(chan struct{}, 1)}, nil
}

// NewKiosk is what is typed to create a kiosk.
type NewKiosk struct {
	Name        string
	Zone        string // IANA; empty: the organisation's
	RequiresPIN bool
	Lang        string // of Languages, or empty: the screen's own
	// UniversalReason: as of Edit.
	UniversalReason bool
}

// Create makes a kiosk and its Universal PIN, shown this once. The kiosk is no
// machine yet: see Code. Errors: problem.Invalid, problem.Conflict.
func (f *Fleet) Create(ctx context.Context, actor string, n NewKiosk) (attendance.Kiosk, pin.PIN, error) {
	org, err := f.Store.Organisation(ctx)
	if err != nil {
		return attendance.Kiosk{}, pin.PIN{}, err
	}
	k := attendance.Kiosk{Name: strings.TrimSpace(n.Name), Zone: strings.TrimSpace(n.Zone), RequiresPIN: n.RequiresPIN}
	if k.Zone == "" {
		k.Zone = org.Zone
	}
	if err := checkKiosk(k); err != nil {
		return k, pin.PIN{}, err
	}
	if err := checkLang(n.Lang); err != nil {
		return k, pin.PIN{}, err
	}
	if k.ID, err = f.newKioskID(k.Name); err != nil {
		return k, pin.PIN{}, err
	}
	var universal pin.PIN
	var committed func(context.Context)
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := f.add(ctx, tx, k, n); err != nil {
			return err
		}
		length, err := tx.PINLength(ctx)
		if err != nil {
			return err
		}
		if universal, committed, err = f.Universals.NewUniversal(ctx, tx, k.ID, length.Digits); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, actor, "kiosk.create", k.ID, map[string]any{"name": k.Name, "zone": k.Zone})
	})
	if err != nil {
		return k, pin.PIN{}, err
	}
	committed(ctx)
	return k, universal, nil
}

// add inserts a kiosk with all that was typed for it.
func (f *Fleet) add(ctx context.Context, tx *centraldb.Tx, k attendance.Kiosk, n NewKiosk) error {
	if err := tx.AddKiosk(ctx, k, f.Now().UnixNano()); err != nil {
		return err
	}
	stored, err := tx.Kiosk(ctx, k.ID)
	if err != nil {
		return err
	}
	stored.Lang, stored.UniversalReason = n.Lang, n.UniversalReason
	return tx.SetKioskSettings(ctx, stored)
}

func checkKiosk(k attendance.Kiosk) error {
	if k.Name == "" || len(k.Name) > attendance.MaxName || strings.ContainsFunc(k.Name, unicode.IsControl) {
		return problem.New(problem.Invalid, "A kiosk needs a name of at most 200 bytes.", "Name the place where it hangs.").With("field", "name")
	}
	if _, err := time.LoadLocation(k.Zone); err != nil || k.Zone == "" || k.Zone == "Local" {
		return problem.New(problem.Invalid, "There is no time zone “"+k.Zone+"”.", "Use a name such as Europe/Berlin.").With("field", "zone")
	}
	return nil
}

// newKioskID gives a segment that people recognise and that is never used twice.
func (f *Fleet) newKioskID(name string) (string, error) {
	const most = 24
	var b strings.Builder
	for _, r := range attendance.SearchKey(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= most {
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	if slug == "" {
		slug = "kiosk"
	}
	suffix, err := crockford(f.Random, 5)
	return slug + "-" + strings.ToLower(suffix), err
}

// Admit says which kiosk a certificate, already verified against the authority,
// is: problem.Forbidden for a kiosk that is unknown or revoked, and for a
// certificate that is not in force. After a renewal the one before holds until the
// new one is used.
func (f *Fleet) Admit(cert *x509.Certificate) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	id := cert.Subject.CommonName
	refused := problem.New(problem.Forbidden, "This kiosk may not connect.", "Enrol it again.")
	if !attendance.ValidSegment(id) {
		return "", refused
	}
	k, err := f.Store.Kiosk(ctx, id)
	if problem.Is(err, problem.NotFound) {
		return "", refused.Because(fmt.Errorf("admit %s: no such kiosk", id))
	}
	if err != nil {
		return "", err
	}
	if k.Status != centraldb.KioskEnrolled {
		return "", refused.Because(fmt.Errorf("admit %s: status %s", id, k.Status))
	}
	ok, err := f.holds(ctx, k, fingerprint(cert.Raw))
	if err != nil {
		return "", err
	}
	if !ok {
		return "", refused.Because(fmt.Errorf("admit %s: another certificate is in force", id))
	}
	return id, nil
}

// Revoke takes a kiosk's identity away and closes its connections; what it has
// sent stays. problem.NotFound.
func (f *Fleet) Revoke(ctx context.Context, actor, kiosk string) error {
	return f.revoke(ctx, actor, kiosk, func(centraldb.Kiosk) error { return nil })
}

func (f *Fleet) revoke(ctx context.Context, actor, kiosk string, may func(centraldb.Kiosk) error) error {
	err := f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(ctx, kiosk)
		if err != nil {
			return err
		}
		if err := may(k); err != nil {
			return err
		}
		k.Status = centraldb.KioskRevoked
		if err := errors.Join(tx.SetKioskIdentity(ctx, k), tx.ForgetRenewal(ctx, kiosk)); err != nil {
			return err
		}
		if err := tx.EndIdentity(ctx, kiosk, f.Now().UnixNano(), centraldb.IdentityRevoked); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, actor, "kiosk.revoke", kiosk, nil)
	})
	if err != nil {
		return err
	}
	f.Changed(context.WithoutCancel(ctx), kiosk)
	return nil
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
