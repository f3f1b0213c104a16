package fleet

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// The files of a change of authority. The next one waits beside the one in force, whose
// keyset announces it, until every kiosk has heard; those before stay as certificates,
// for kiosks show certificates of them until they have new ones.
const (
	nextKeyFile = "ca-next.key"
	NextCAFile  = "ca-next.crt"
	formerFile  = "ca-former.crt"
	versionFile = "keyset.version"
)

// Announce makes the authority that is to follow. From the server's next start on kiosks
// learn of it; nothing else changes. problem.Conflict where one is announced already.
func (k *Keys) Announce(now time.Time) error {
	if k.Next != nil {
		return problem.New(problem.Conflict, "A next authority is announced already.",
			"See how many kiosks know it: central keys authority. Then put it in force, or cancel it.")
	}
	key, cert, err := newAuthority(k.Org, now)
	if err != nil {
		return err
	}
	if err := k.bump(now); err != nil {
		return err
	}
	return errors.Join(writeNew(k.dir, nextKeyFile, key), writeNew(k.dir, NextCAFile, cert)) // whole with the second
}

// Cancel takes the announced authority back: problem.NotFound where there is none.
func (k *Keys) Cancel(now time.Time) error {
	if k.Next == nil {
		return noneAnnounced()
	}
	if err := k.bump(now); err != nil {
		return err
	}
	for _, name := range []string{NextCAFile, nextKeyFile} {
		if err := os.Remove(filepath.Join(k.dir, name)); err != nil {
			return fmt.Errorf("cancel authority: %w", err)
		}
	}
	return syncDir(k.dir)
}

// Succeed puts the announced authority in force; the key of the one before is gone then.
// What a power cut leaves half done OpenKeys ends. problem.NotFound where none is
// announced.
func (k *Keys) Succeed(now time.Time) error {
	if k.Next == nil {
		return noneAnnounced()
	}
	if err := k.bump(now); err != nil {
		return err
	}
	var formers []byte
	for _, ca := range append(k.formers, k.CA) {
		formers = append(formers, certPEM(ca)...)
	}
	if err := writeNew(k.dir, formerFile, formers); err != nil {
		return err
	}
	for _, f := range [][2]string{{nextKeyFile, caKeyFile}, {NextCAFile, CAFile}} {
		if err := os.Rename(filepath.Join(k.dir, f[0]), filepath.Join(k.dir, f[1])); err != nil {
			return fmt.Errorf("change authority: %w", err)
		}
	}
	return syncDir(k.dir)
}

// ReplaceMessage makes a new message key, which kiosks believe by the next keyset.
func (k *Keys) ReplaceMessage(now time.Time) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make message key: %w", err)
	}
	text, err := pemKey(key)
	if err != nil {
		return err
	}
	if err := k.bump(now); err != nil {
		return err
	}
	return writeNew(k.dir, messageFile, text)
}

func noneAnnounced() error {
	return problem.New(problem.NotFound, "No next authority is announced.", "Announce one first: central keys authority announce")
}

// bump gives the keyset of the keys to come a higher version, before they are there: a
// version is never used for two keysets. It follows the clock, so that keys from a backup
// get a version above all that were used since, too.
func (k *Keys) bump(now time.Time) error {
	version := max(k.keyset.Version+1, uint64(max(now.Unix(), 0)))
	return writeNew(k.dir, versionFile, []byte(strconv.FormatUint(version, 10)+"\n"))
}

func readVersion(dir string) (uint64, error) {
	text, err := os.ReadFile(filepath.Join(dir, versionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read keyset's version: %w", err)
	}
	version, err := strconv.ParseUint(string(trimLine(text)), 10, 62)
	if err != nil || version == 0 {
		return 0, damagedKey(versionFile, errors.Join(err, errors.New("not a version")))
	}
	return version, nil
}

// readSuccession reads the authority to come and the one before, and signs the keyset.
func (k *Keys) readSuccession() (err error) {
	if k.Next, err = readCert(k.dir, NextCAFile); err != nil {
		return err
	}
	if k.formers, err = readCerts(k.dir, formerFile); err != nil {
		return err
	}
	public := k.Message.Public().(ed25519.PublicKey)
	set := wire.Keyset{Keys: []wire.Key{{Kid: wire.KeyID(public), Public: public, Until: k.CA.NotAfter.Unix()}}}
	if set.Version, err = readVersion(k.dir); err != nil {
		return err
	}
	if k.Next != nil {
		set.NextCA = k.Next.Raw
	}
	k.keyset, err = wire.SignKeyset(k.CAKey, k.Org, set)
	return err
}

// endSuccession ends a change that stopped between its two renames: the key is the next
// authority's already, the certificate is not.
func endSuccession(dir string, key *ecdsa.PrivateKey, ca *x509.Certificate) (*x509.Certificate, error) {
	if key.PublicKey.Equal(ca.PublicKey) {
		return ca, nil
	}
	next, err := readCert(dir, NextCAFile)
	if err != nil {
		return nil, err
	}
	if next == nil || !key.PublicKey.Equal(next.PublicKey) {
		return nil, damagedKey(CAFile, errors.New("it belongs to another key"))
	}
	if err := os.Rename(filepath.Join(dir, NextCAFile), filepath.Join(dir, CAFile)); err != nil {
		return nil, fmt.Errorf("change authority: %w", err)
	}
	return next, syncDir(dir)
}

// readCert reads a certificate that need not be there.
func readCert(dir, name string) (*x509.Certificate, error) {
	certs, err := readCerts(dir, name)
	if err != nil || certs == nil {
		return nil, err
	}
	return certs[0], nil
}

// readCerts reads certificates; none where there is no such file.
func readCerts(dir, name string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return parseCerts(name, text)
}

// parseCerts reads a PEM file of at least one certificate.
func parseCerts(name string, text []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, damagedKey(name, err)
		}
		certs = append(certs, cert)
	}
	if certs == nil {
		return nil, damagedKey(name, errors.New("not PEM"))
	}
	return certs, nil
}

func certPEM(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

func newAuthority(org string, now time.Time) (key, cert []byte, err error) {
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make authority: %w", err)
	}
	der, err := selfSigned(ca, org, now)
	if err != nil {
		return nil, nil, err
	}
	key, err = pemKey(ca)
	return key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), err
}

func pemKey(key any) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Authority gives the AuthorityID of the one in force: a database made with it keeps it,
// since its kiosks believe no other.
func (k *Keys) Authority() string { return AuthorityID(k.CA) }

// Was says whether this is the id, as Authority gives it, of an authority before.
func (k *Keys) Was(id string) bool {
	return slices.ContainsFunc(k.formers, func(ca *x509.Certificate) bool { return AuthorityID(ca) == id })
}

// AuthorityID gives the SHA-256 of an authority's certificate, hex.
func AuthorityID(ca *x509.Certificate) string {
	sum := sha256.Sum256(ca.Raw)
	return hex.EncodeToString(sum[:])
}

// Roots gives the authorities whose certificates others may show: the one in force,
// those before, the announced one.
func (k *Keys) Roots() []*x509.Certificate {
	roots := append([]*x509.Certificate{k.CA}, k.formers...)
	if k.Next != nil {
		roots = append(roots, k.Next)
	}
	return roots
}

// Pool gives the Roots as a pool.
func (k *Keys) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	for _, ca := range k.Roots() {
		p.AddCert(ca)
	}
	return p
}
