package enrol

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// Central is central as a machine that is nobody yet can reach it.
//
// Authority gives the certificate with this hash from what addr presents.
// WellKnown reads the document at central's web address, believed under the
// system's roots or those of a file; problem.NotFound where there is none. Enrol
// asks the device listener at addr, believed under ca only; Ask does so without a code.
// Unverified is WellKnown of whoever answers. Errors: Untrusted,
// Unavailable, and what central says: NotFound (unknown code), Used, Expired,
// Limited.
type Central interface {
	Authority(ctx context.Context, addr string, sum [sha256.Size]byte) (*x509.Certificate, error)
	WellKnown(ctx context.Context, base string) (wire.WellKnown, error)
	Enrol(ctx context.Context, addr string, ca *x509.Certificate, r wire.EnrolRequest) (wire.EnrolReply, error)
	Unverified(ctx context.Context, base string) (wire.WellKnown, error)
	Ask(ctx context.Context, addr string, ca *x509.Certificate, r wire.EnrolRequest) (wire.AskReply, error)
}

// Deps is what enrolment takes from outside.
type Deps struct {
	Central  Central
	Random   io.Reader
	CA       *x509.Certificate // from a file; nil: none
	Serial   string            // the hardware's own number; may be empty
	Software string            // this program's version
	AskEvery time.Duration     // how often is asked whether somebody has let it in; 0: 5 s
}

// The steps, in order. FirstRoster is the caller's: it is done when a roster has
// arrived.
const (
	StepKeys           = "keys"
	StepFindServer     = "find_server"
	StepAskCertificate = "ask_certificate"
	StepFirstRoster    = "first_roster"
)

// enrollingFile says which keys a request is under way with.
const enrollingFile = "enrolling.json"

type enrolling struct {
	Keys string `json:"keys"`
	Code string `json:"code"` // SHA-256 in hex: other keys for another code
}

// Enrol makes this machine a kiosk and gives its identity, which is on disk then.
// Each step is told when it begins and when it is done. Repeating it with the
// same code after any failure or crash is safe and uses the same keys. An
// identity that was there before stays in force until the new one replaces it. A
// request without a code asks to be let in, and takes until somebody has decided.
//
// Errors: problem.Invalid (what was typed), NotFound (unknown code, or no Timepost
// server), Used, Expired, Limited, Untrusted (wrong authority, or a reply that
// does not hold), Unavailable (no network), OutOfOrder (own disk).
func Enrol(ctx context.Context, dir string, d Deps, req local.EnrolRequest, step func(local.EnrolStep)) (*Identity, error) {
	if host, ok, err := parseAsking(req); ok || err != nil {
		if err != nil {
			return nil, err
		}
		return ask(ctx, dir, d, host, step)
	}
	a, err := ParseRequest(req)
	if err != nil {
		return nil, err
	}
	var k keys
	var at listener
	var s stored
	for _, do := range []struct {
		name string
		run  func() error
	}{
		{StepKeys, func() (err error) { k, err = pendingKeys(dir, d.Random, a.Code); return err }},
		{StepFindServer, func() (err error) { at, err = find(ctx, d, a); return err }},
		{StepAskCertificate, func() (err error) { s, err = certify(ctx, d, at, k, a.Code); return err }},
	} {
		step(local.EnrolStep{Name: do.name})
		if err := do.run(); err != nil {
			return nil, fmt.Errorf("enrol: %s: %w", do.name, err)
		}
		step(local.EnrolStep{Name: do.name, Done: true})
	}
	return keep(dir, k, s)
}

// pendingKeys gives the keys an earlier attempt with this code has made, or makes
// new ones.
func pendingKeys(dir string, random io.Reader, code string) (keys, error) {
	if err := makeDir(dir); err != nil {
		return keys{}, err
	}
	sum := sha256.Sum256([]byte(code))
	e := enrolling{Code: hex.EncodeToString(sum[:])}
	path := filepath.Join(dir, enrollingFile)
	if b, err := os.ReadFile(path); err == nil {
		var was enrolling
		if json.Unmarshal(b, &was) == nil && was.Code == e.Code {
			if k, err := loadKeys(dir, was.Keys); err == nil {
				return k, nil
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return keys{}, unkept(fmt.Errorf("read pending enrolment: %w", err))
	}
	k, err := makeKeys(dir, random)
	if err != nil {
		return keys{}, err
	}
	e.Keys = k.name
	b, err := json.Marshal(e)
	if err != nil {
		return keys{}, fmt.Errorf("encode pending enrolment: %w", err)
	}
	return k, writeFile(path, b)
}

// listener is the device listener and the authority it is believed under.
type listener struct {
	addr string
	ca   *x509.Certificate
	org  string // where the web address has told it
}

// find gives the device listener: from a pinned address, from the web address, or
// (with a CA file) the address itself where there is no web page.
func find(ctx context.Context, d Deps, a Address) (listener, error) {
	if a.Pinned {
		ca, err := d.Central.Authority(ctx, a.Host, a.CA)
		return listener{addr: a.Host, ca: ca}, err
	}
	w, err := d.Central.WellKnown(ctx, "https://"+a.Host)
	if d.CA != nil && problem.Is(err, problem.NotFound) {
		return listener{addr: a.Host, ca: d.CA}, nil
	}
	if err != nil {
		return listener{}, err
	}
	return listenerOf(w)
}

// listenerOf reads what the web address tells of the device listener.
func listenerOf(w wire.WellKnown) (listener, error) {
	ca, _, err := parseAuthority(w.CA)
	if err != nil {
		return listener{}, badReply(err)
	}
	u, err := url.Parse(w.Device)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return listener{}, badReply(fmt.Errorf("the device listener %q is no address", w.Device))
	}
	addr, err := joinHost(u.Hostname(), u.Port(), webPort)
	if err != nil {
		return listener{}, badReply(err)
	}
	return listener{addr: addr, ca: ca, org: w.Org}, nil
}

// certify sends the request and verifies every part of the reply.
func certify(ctx context.Context, d Deps, at listener, k keys, code string) (stored, error) {
	req, err := k.request(code, d.Serial, d.Software)
	if err != nil {
		return stored{}, err
	}
	r, err := d.Central.Enrol(ctx, at.addr, at.ca, req)
	if err != nil {
		return stored{}, err
	}
	return accepted(at, k, r)
}

// accepted verifies every part of a reply.
func accepted(at listener, k keys, r wire.EnrolReply) (stored, error) {
	s := stored{
		V: identityVersion, Keys: k.name, Org: r.Org, Kiosk: r.Kiosk, CA: at.ca.Raw, Cert: r.Cert,
		Brokers: r.Brokers, Device: at.addr, Keyset: r.Keyset, Gen: r.Gen, Settings: r.Settings,
	}
	if err := s.verify(at, r, k); err != nil {
		return stored{}, badReply(err)
	}
	return s, nil
}

func (s stored) verify(at listener, r wire.EnrolReply, k keys) error {
	if string(r.CA) != string(at.ca.Raw) {
		return errors.New("the reply names another authority than the pinned one")
	}
	if !attendance.ValidSegment(r.Org) || !attendance.ValidSegment(r.Kiosk) {
		return errors.New("the organisation's or kiosk's id is none")
	}
	if at.org != "" && at.org != r.Org {
		return fmt.Errorf("the reply is of organisation %q, the server of %q", r.Org, at.org)
	}
	if err := checkBrokers(r.Brokers); err != nil {
		return err
	}
	_, err := s.identity(k)
	return err
}

// keep puts the identity into force with one rename, and then clears away what
// is of no use any more.
func keep(dir string, k keys, s stored) (*Identity, error) {
	if err := s.save(dir); err != nil {
		return nil, err
	}
	if err := tidy(dir, k.name); err != nil {
		return nil, err
	}
	return Load(dir)
}

// tidy removes the notes of requests under way, what a crash left half
// written, and the keys of identities that are over.
func tidy(dir, name string) error {
	for _, note := range []string{enrollingFile, renewingFile} {
		if err := os.Remove(filepath.Join(dir, note)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return unkept(fmt.Errorf("remove %s: %w", note, err))
		}
	}
	if err := removeHalves(dir); err != nil {
		return err
	}
	all, err := os.ReadDir(filepath.Join(dir, keysDir))
	if err != nil {
		return unkept(fmt.Errorf("list keys: %w", err))
	}
	for _, e := range all {
		if e.Name() == name {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, keysDir, e.Name())); err != nil {
			return unkept(fmt.Errorf("remove old keys: %w", err))
		}
	}
	return syncDir(dir)
}

// badReply is the error of a server that is the right one and says what does not
// hold.
func badReply(err error) error {
	return problem.New(problem.Untrusted, "The server's answer does not hold together.",
		"Nothing was changed here. Tell your operator.").Because(err)
}
