package enrol

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// The files of a set of keys, each PKCS #8 in PEM.
const (
	keysDir    = "keys"
	tlsFile    = "tls.key"
	recordFile = "record.key"
	sealFile   = "seal.key"
)

// keys are a kiosk's three private keys. name is their directory's.
type keys struct {
	name   string
	tls    *ecdsa.PrivateKey
	record ed25519.PrivateKey
	seal   *ecdh.PrivateKey
}

// makeKeys makes a set and puts it on disk.
func makeKeys(dir string, random io.Reader) (k keys, err error) {
	if _, k.record, err = ed25519.GenerateKey(random); err != nil {
		return k, fmt.Errorf("make record key: %w", err)
	}
	if k.seal, err = pin.NewSealKey(random); err != nil {
		return k, err
	}
	return k.withNewTLS(dir, random)
}

// withNewTLS gives k with another TLS key, on disk as a set of its own.
func (k keys) withNewTLS(dir string, random io.Reader) (_ keys, err error) {
	if k.tls, err = ecdsa.GenerateKey(elliptic.P256(), random); err != nil {
		return k, fmt.Errorf("make tls key: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(k.tls.Public())
	if err != nil {
		return k, fmt.Errorf("encode tls key: %w", err)
	}
	sum := sha256.Sum256(der)
	k.name = hex.EncodeToString(sum[:8])
	home := filepath.Join(dir, keysDir, k.name)
	if err := errors.Join(makeDir(filepath.Join(dir, keysDir)), makeDir(home)); err != nil {
		return k, err
	}
	for file, key := range map[string]any{tlsFile: k.tls, recordFile: k.record, sealFile: k.seal} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return k, fmt.Errorf("encode %s: %w", file, err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err := writeFile(filepath.Join(home, file), block); err != nil {
			return k, err
		}
	}
	return k, nil
}

// csr gives a certificate request for the TLS key. Central ignores its subject.
func (k keys) csr() ([]byte, error) {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "kiosk"}}, k.tls)
	if err != nil {
		return nil, fmt.Errorf("make certificate request: %w", err)
	}
	return csr, nil
}

// loadKeys reads the set called name. A key that is not what it should be is
// problem.Damaged.
func loadKeys(dir, name string) (k keys, err error) {
	k.name = name
	for file, take := range map[string]func(any) bool{
		tlsFile:    func(v any) (ok bool) { k.tls, ok = v.(*ecdsa.PrivateKey); return ok },
		recordFile: func(v any) (ok bool) { k.record, ok = v.(ed25519.PrivateKey); return ok },
		sealFile:   func(v any) (ok bool) { k.seal, ok = v.(*ecdh.PrivateKey); return ok },
	} {
		key, err := loadKey(filepath.Join(dir, keysDir, filepath.Base(name), file))
		if err != nil {
			return k, err
		}
		if !take(key) {
			return k, damaged(fmt.Errorf("%s is a key of another kind", file))
		}
	}
	if k.tls.Curve != elliptic.P256() || k.seal.Curve() != ecdh.X25519() {
		return k, damaged(errors.New("a key is of another curve"))
	}
	return k, nil
}

func loadKey(path string) (any, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, damaged(fmt.Errorf("read key: %w", err))
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, damaged(fmt.Errorf("%s is not PEM", filepath.Base(path)))
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, damaged(fmt.Errorf("read key: %w", err))
	}
	return key, nil
}

// request gives the signed enrolment request. Central chooses the kiosk's id itself.
func (k keys) request(code, serial, software string) (wire.EnrolRequest, error) {
	csr, err := k.csr()
	if err != nil {
		return wire.EnrolRequest{}, err
	}
	r := wire.EnrolRequest{Code: code, CSR: csr, SealKey: k.seal.PublicKey().Bytes(), Serial: serial, Software: software}
	return r.Sign(k.record)
}

func damaged(err error) error {
	return problem.New(problem.Damaged, "This kiosk's identity can't be read.", "Enrol it again with a new code.").Because(err)
}
