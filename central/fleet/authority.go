package fleet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// The lives of certificates. NotBefore lies a little back: clocks differ. A kiosk
// asks for its next one when two thirds are over, and still can when all is: see Renew.
const (
	caLife   = 10 * 365 * 24 * time.Hour
	certLife = 90 * 24 * time.Hour
	leeway   = 5 * time.Minute
)

func serial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("draw serial number: %w", err)
	}
	return n, nil
}

func selfSigned(key *ecdsa.PrivateKey, org string, now time.Time) ([]byte, error) {
	n, err := serial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: n,
		Subject:      pkix.Name{CommonName: "Timepost fleet of " + org, Organization: []string{org}},
		NotBefore:    now.Add(-leeway), NotAfter: now.Add(caLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:     true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign authority: %w", err)
	}
	return der, nil
}

// Device is what a machine proved to hold when it asked to become a kiosk.
type Device struct {
	CSR       []byte // DER
	RecordKey []byte // Ed25519 public
	SealKey   []byte // X25519 public
}

// parseCSR checks that the request holds: signed by its own ECDSA P-256 key.
func parseCSR(der []byte) (*ecdsa.PublicKey, error) {
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, badRequest(err)
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, badRequest(err)
	}
	key, ok := csr.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, badRequest(fmt.Errorf("key is not ECDSA P-256"))
	}
	return key, nil
}

func badRequest(err error) error {
	return problem.New(problem.Invalid, "The certificate request can't be used.", "Enrol again with the current software.").Because(err)
}

// IssueKiosk makes a kiosk's client certificate, DER. Everything the request says
// about itself is ignored but the key; the certificate vouches for the record and
// seal keys by the URIs urn:timepost:record-key:sha256:HEX and
// urn:timepost:seal-key:sha256:HEX.
func (k *Keys) IssueKiosk(d Device, kioskID string, now time.Time) ([]byte, error) {
	public, err := parseCSR(d.CSR)
	if err != nil {
		return nil, err
	}
	n, err := serial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: n,
		Subject:      pkix.Name{CommonName: kioskID, Organization: []string{k.Org}},
		NotBefore:    now.Add(-leeway), NotAfter: k.until(now),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		URIs:        []*url.URL{keyURI("record-key", d.RecordKey), keyURI("seal-key", d.SealKey)},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, k.CA, public, k.CAKey)
	if err != nil {
		return nil, fmt.Errorf("sign kiosk certificate: %w", err)
	}
	return der, nil
}

func keyURI(name string, key []byte) *url.URL {
	sum := sha256.Sum256(key)
	return &url.URL{Scheme: "urn", Opaque: "timepost:" + name + ":sha256:" + hex.EncodeToString(sum[:])}
}

// IssueServer makes a certificate for central's own listeners, with a new key.
// Hosts are names and IP addresses.
func (k *Keys) IssueServer(hosts []string, now time.Time) (tls.Certificate, error) {
	t := x509.Certificate{
		Subject:     pkix.Name{CommonName: "Timepost central", Organization: []string{k.Org}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
			continue
		}
		t.DNSNames = append(t.DNSNames, h)
	}
	return k.issue(t, now)
}

// IssueClient makes a certificate by which central itself logs in to an outside
// broker, with a new key; name becomes the common name.
func (k *Keys) IssueClient(name string, now time.Time) (tls.Certificate, error) {
	return k.issue(x509.Certificate{
		Subject:     pkix.Name{CommonName: name, Organization: []string{k.Org}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, now)
}

// issue signs a certificate for a new key of central's own.
func (k *Keys) issue(t x509.Certificate, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make key: %w", err)
	}
	if t.SerialNumber, err = serial(); err != nil {
		return tls.Certificate{}, err
	}
	t.NotBefore, t.NotAfter, t.KeyUsage = now.Add(-leeway), k.until(now), x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, &t, k.CA, key.Public(), k.CAKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, k.CA.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

func (k *Keys) until(now time.Time) time.Time {
	end := now.Add(certLife)
	if end.After(k.CA.NotAfter) {
		return k.CA.NotAfter
	}
	return end
}

// CAPEM gives the authority's certificate as a PEM file.
func (k *Keys) CAPEM() []byte { return certPEM(k.CA) }

// ServerTLS gives the TLS 1.3 configuration of a listener whose certificate is
// made anew when a third of its life is left, so that a server may run for years.
func (k *Keys) ServerTLS(hosts []string, now func() time.Time) *tls.Config {
	var mu sync.Mutex
	var current *tls.Certificate
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			mu.Lock()
			defer mu.Unlock()
			at := now()
			if current == nil || at.After(current.Leaf.NotAfter.Add(-certLife/3)) || at.Before(current.Leaf.NotBefore) {
				c, err := k.IssueServer(hosts, at)
				if err != nil {
					return nil, err
				}
				current = &c
			}
			return current, nil
		},
	}
}
