package enrol

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// A kiosk asks for a new certificate when two thirds of the life of its own are over,
// and after renewAfter at the latest: early ones lasted for years.
const renewAfter = 60 * 24 * time.Hour

// RenewAt gives from when on a certificate is to be renewed.
func RenewAt(cert *x509.Certificate) time.Time {
	life := cert.NotAfter.Sub(cert.NotBefore)
	return cert.NotBefore.Add(min(life/3*2, renewAfter))
}

// renewingFile says which keys a renewal is under way with.
const renewingFile = "renewing.json"

type renewing struct {
	Keys string `json:"keys"` // the directory of the keys to come
	For  string `json:"for"`  // that of the keys in force
}

// Renewer asks central's device listener for a certificate: body is a
// wire.RenewRequest, header what wire.SignUpload gave for it.
type Renewer interface {
	Renew(ctx context.Context, header string, body []byte) (wire.RenewReply, error)
}

// Renew gets a certificate for a new TLS key and puts both into force with one rename;
// the record and seal keys stay. It may be repeated after any failure or crash: until
// the new identity is on disk the one before is in force, and the same key is used
// again, for which central gives the same certificate. Now is the wall clock; turn is
// held while the identity on disk is changed, as whoever else changes it does.
//
// Errors: problem.Forbidden where central does not renew this kiosk, Limited,
// Untrusted (a reply that does not hold), Unavailable, OutOfOrder (own disk).
func Renew(ctx context.Context, dir string, central Renewer, random io.Reader, turn sync.Locker, now time.Time) (*Identity, error) {
	s, err := loadStored(dir)
	if err != nil {
		return nil, err
	}
	k, err := loadKeys(dir, s.Keys)
	if err != nil {
		return nil, err
	}
	next, err := nextKeys(dir, k, random)
	if err != nil {
		return nil, err
	}
	reply, err := askRenewal(ctx, central, s, next, now)
	if err != nil {
		return nil, fmt.Errorf("renew certificate: %w", err)
	}
	turn.Lock()
	defer turn.Unlock()
	if s, err = loadStored(dir); err != nil { // it may have a newer keyset now
		return nil, err
	}
	s.Keys, s.Cert = next.name, reply.Cert
	id, err := s.identity(next)
	if err != nil {
		return nil, badReply(err)
	}
	if !id.Stale {
		s.WasCA = nil
	}
	return keep(dir, next, s)
}

func askRenewal(ctx context.Context, central Renewer, s stored, next keys, now time.Time) (wire.RenewReply, error) {
	csr, err := next.csr()
	if err != nil {
		return wire.RenewReply{}, err
	}
	body, err := json.Marshal(wire.RenewRequest{CSR: csr})
	if err != nil {
		return wire.RenewReply{}, fmt.Errorf("encode request: %w", err)
	}
	header, err := wire.SignUpload(next.record, s.Org, s.Kiosk, wire.UploadRenew, body, now)
	if err != nil {
		return wire.RenewReply{}, err
	}
	return central.Renew(ctx, header, body)
}

// nextKeys gives the keys that an earlier try has made, or makes new ones.
func nextKeys(dir string, now keys, random io.Reader) (keys, error) {
	path := filepath.Join(dir, renewingFile)
	if b, err := os.ReadFile(path); err == nil {
		var was renewing
		if json.Unmarshal(b, &was) == nil && was.For == now.name {
			if k, err := loadKeys(dir, was.Keys); err == nil && k.record.Equal(now.record) && k.seal.Equal(now.seal) {
				return k, nil
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return keys{}, unkept(fmt.Errorf("read renewal under way: %w", err))
	}
	k, err := now.withNewTLS(dir, random)
	if err != nil {
		return keys{}, err
	}
	b, err := json.Marshal(renewing{Keys: k.name, For: now.name})
	if err != nil {
		return keys{}, fmt.Errorf("encode renewal under way: %w", err)
	}
	return k, writeFile(path, b)
}
