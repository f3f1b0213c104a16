package enrol

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

const (
	identityFile    = "identity.json"
	identityVersion = 1
)

// Identity is what enrolment made of this machine. It is not changed once loaded.
type Identity struct {
	Org       string
	Kiosk     string
	CA        *x509.Certificate // the one authority this kiosk trusts
	Cert      tls.Certificate   // for mutual TLS, with its key
	RecordKey ed25519.PrivateKey
	SealKey   *ecdh.PrivateKey
	SealKeyID pin.SealKeyID
	Brokers   []string // tls://host:port, in order of preference
	Reserve   []string // tried after them: central was there before
	Device    string   // host:port of central's device listener
	Keyset    wire.Keyset
	Gen       uint64           // central's generation at enrolment
	Settings  wire.SettingsRow // as of enrolment; the roster brings newer ones

	Next  *x509.Certificate // the authority that is to follow CA; nil: none is announced
	Stale bool              // Cert is of the authority before CA: it is to be renewed
	Home  string            // the first authority's SHA-256, hex: stays over changes of authority
}

// Roots gives the authorities under which a server is believed.
func (id *Identity) Roots() []*x509.Certificate {
	if id.Next == nil {
		return []*x509.Certificate{id.CA}
	}
	return []*x509.Certificate{id.CA, id.Next}
}

// stored is identity.json. It holds no secret; the keys lie beside it.
type stored struct {
	V        int              `json:"v"`
	Keys     string           `json:"keys"` // the directory of the keys in force
	Org      string           `json:"org"`
	Kiosk    string           `json:"kiosk"`
	CA       []byte           `json:"ca"`
	Cert     []byte           `json:"cert"`
	Brokers  []string         `json:"brokers"`
	Reserve  []string         `json:"reserve,omitempty"`
	Device   string           `json:"device,omitempty"` // host:port
	Keyset   wire.Keyset      `json:"keyset"`
	Gen      uint64           `json:"gen"`
	WasCA    []byte           `json:"was_ca,omitempty"` // the authority of Cert, where it is not CA
	Home     string           `json:"home,omitempty"`   // hex; empty: the SHA-256 of CA
	Settings wire.SettingsRow `json:"settings"`
}

// Load reads the identity kept in dir. It fails with problem.NotFound when the
// machine is not enrolled, and with problem.Damaged when what is kept does not
// hold together.
func Load(dir string) (*Identity, error) {
	s, err := loadStored(dir)
	if err != nil {
		return nil, err
	}
	k, err := loadKeys(dir, s.Keys)
	if err != nil {
		return nil, err
	}
	id, err := s.identity(k)
	if err != nil {
		return nil, damaged(err)
	}
	return id, nil
}

func loadStored(dir string) (s stored, err error) {
	b, err := os.ReadFile(filepath.Join(dir, identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, problem.New(problem.NotFound, "This kiosk is not enrolled yet.", "Get a code from the Kiosks page and enrol it.")
	}
	if err != nil {
		return s, damaged(fmt.Errorf("read identity: %w", err))
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, damaged(fmt.Errorf("read identity: %w", err))
	}
	if s.V != identityVersion {
		return s, damaged(fmt.Errorf("identity of version %d", s.V))
	}
	return s, nil
}

// identity puts the parts together and verifies that they belong to each other:
// the certificate to the key and to the authority, the keyset to the authority.
func (s stored) identity(k keys) (*Identity, error) {
	ca, caKey, err := parseAuthority(s.CA)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(s.Cert)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	next, err := s.Keyset.Next()
	if err != nil {
		return nil, err
	}
	stale, err := s.signedBefore(cert, ca, next)
	if err != nil {
		return nil, fmt.Errorf("verify certificate: %w", err)
	}
	if !k.tls.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the certificate is for another key")
	}
	if cert.Subject.CommonName != s.Kiosk {
		return nil, fmt.Errorf("the certificate is for %q", cert.Subject.CommonName)
	}
	if err := s.Keyset.Verify(caKey, s.Org); err != nil {
		return nil, fmt.Errorf("verify keyset: %w", err)
	}
	return &Identity{
		Next: next, Stale: stale, Home: s.home(),
		Org: s.Org, Kiosk: s.Kiosk, CA: ca,
		Cert:      tls.Certificate{Certificate: [][]byte{s.Cert}, PrivateKey: k.tls, Leaf: cert},
		RecordKey: k.record, SealKey: k.seal, SealKeyID: pin.SealKeyIDOf(k.seal.PublicKey()),
		Brokers: s.Brokers, Reserve: s.Reserve, Device: s.device(), Keyset: s.Keyset, Gen: s.Gen, Settings: s.Settings,
	}, nil
}

// signedBefore says whether the certificate is of the authority before ca. One of the
// announced authority, next, is as good as of ca: renewing may come before its keyset.
func (s stored) signedBefore(cert, ca, next *x509.Certificate) (bool, error) {
	err := cert.CheckSignatureFrom(ca)
	if err == nil || next != nil && cert.CheckSignatureFrom(next) == nil {
		return false, nil
	}
	if len(s.WasCA) == 0 {
		return false, err
	}
	was, _, err := parseAuthority(s.WasCA)
	if err != nil {
		return false, err
	}
	return true, cert.CheckSignatureFrom(was)
}

func (s stored) home() string {
	if s.Home != "" {
		return s.Home
	}
	sum := sha256.Sum256(s.CA)
	return hex.EncodeToString(sum[:])
}

// usualDevice is the port of the device listener where nobody says another.
const usualDevice = "8443"

// device gives the device listener. An identity of an early program does not name
// it: central's own broker is on the same machine.
func (s stored) device() string {
	if s.Device != "" || len(s.Brokers) == 0 {
		return s.Device
	}
	u, err := url.Parse(s.Brokers[0])
	if err != nil {
		return ""
	}
	return net.JoinHostPort(u.Hostname(), usualDevice)
}

// parseAuthority reads the authority's certificate and its P-256 key.
func parseAuthority(der []byte) (*x509.Certificate, *ecdsa.PublicKey, error) {
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("read authority: %w", err)
	}
	key, ok := ca.PublicKey.(*ecdsa.PublicKey)
	if !ok || !ca.IsCA {
		return nil, nil, errors.New("the authority's certificate is not one of an authority")
	}
	return ca, key, nil
}

// CAKey gives the authority's public key, which vouches for keysets.
func (id *Identity) CAKey() *ecdsa.PublicKey { return id.CA.PublicKey.(*ecdsa.PublicKey) }

// follow puts the announced authority in force. The one that signed the certificate is
// kept until that is renewed, also over a second change.
func (s *stored) follow() error {
	cert, err := x509.ParseCertificate(s.Cert)
	if err != nil {
		return damaged(err)
	}
	ca, _, err := parseAuthority(s.CA)
	if err != nil {
		return damaged(err)
	}
	s.Home = s.home()
	if cert.CheckSignatureFrom(ca) == nil {
		s.WasCA = s.CA
	}
	s.CA = s.Keyset.NextCA
	return nil
}

// KeepKeyset writes a newer keyset to the identity kept in dir. One that the announced
// authority has signed puts that one in force; one that the certificate does not go with
// is problem.Untrusted, as what is saved must be loadable. An older one changes nothing; one that
// nobody has signed is problem.Untrusted.
func KeepKeyset(_ context.Context, dir string, k wire.Keyset) error {
	s, err := loadStored(dir)
	if err != nil {
		return err
	}
	if k.Version <= s.Keyset.Version {
		return nil
	}
	_, now, err := parseAuthority(s.CA)
	if err != nil {
		return damaged(err)
	}
	by, err := s.Keyset.Follow(now, k, s.Org)
	if err != nil {
		return err
	}
	if !by.Equal(now) {
		if err := s.follow(); err != nil {
			return err
		}
	}
	s.Keyset = k
	own, err := loadKeys(dir, s.Keys)
	if err != nil {
		return err
	}
	if _, err := s.identity(own); err != nil {
		return badReply(err)
	}
	return s.save(dir)
}

func (s stored) save(dir string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return fmt.Errorf("encode identity: %w", err)
	}
	return writeFile(filepath.Join(dir, identityFile), b.Bytes())
}
