package fleet

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// renewEvery is how long a kiosk waits between two certificates for different keys: a
// machine that thinks it is 2099 would else have a new one each minute.
const renewEvery = time.Hour

// AdmitRenewal says whether u is signed by the key that its kiosk has now; else
// problem.Forbidden. What a kiosk had before it was revoked or replaced renews nothing.
func (f *Fleet) AdmitRenewal(ctx context.Context, u wire.SignedUpload) error {
	if u.Org != f.Keys.Org {
		return mayNotRenew(fmt.Errorf("organisation %q", u.Org))
	}
	k, err := f.Store.Kiosk(ctx, u.Kiosk)
	if problem.Is(err, problem.NotFound) {
		return mayNotRenew(err)
	}
	if err != nil {
		return err
	}
	return inForce(k, u.Key)
}

func inForce(k centraldb.Kiosk, recordKey []byte) error {
	if k.Status != centraldb.KioskEnrolled || !bytes.Equal(k.RecordKey, recordKey) {
		return mayNotRenew(fmt.Errorf("status %s, or another key is in force", k.Status))
	}
	return nil
}

func mayNotRenew(err error) error {
	return problem.New(problem.Forbidden, "This kiosk gets no new certificate.",
		"It was revoked or replaced. Enrol it again if it is to work.").Because(err)
}

// Renew gives the kiosk that signed u a certificate for the new key in body, a
// wire.RenewRequest. For the same key it gives the same one again. The certificate
// before holds until the new one is used. Errors: problem.Forbidden, problem.Invalid,
// problem.Limited.
func (f *Fleet) Renew(ctx context.Context, u wire.SignedUpload, body []byte) (wire.RenewReply, error) {
	var r wire.RenewRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return wire.RenewReply{}, badRequest(err)
	}
	public, err := parseCSR(r.CSR)
	if err != nil {
		return wire.RenewReply{}, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return wire.RenewReply{}, badRequest(err)
	}
	var reply wire.RenewReply
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) (err error) {
		reply.Cert, err = f.renew(ctx, tx, u, r.CSR, fingerprint(der))
		return err
	})
	return reply, err
}

func (f *Fleet) renew(ctx context.Context, tx *centraldb.Tx, u wire.SignedUpload, csr []byte, csrKey string) ([]byte, error) {
	k, err := tx.Kiosk(ctx, u.Kiosk)
	if err != nil {
		return nil, err
	}
	if err := inForce(k, u.Key); err != nil {
		return nil, err
	}
	was, err := tx.Renewal(ctx, k.ID)
	if err != nil {
		return nil, err
	}
	if was.CSRKey == csrKey && fingerprint(was.Cert) == k.CertSHA256 {
		return was.Cert, nil
	}
	now := f.Now()
	if age := now.Sub(time.Unix(0, was.At)); age >= 0 && age < renewEvery {
		return nil, problem.New(problem.Limited, "This kiosk has a new certificate already.", "It asks again by itself.").
			With("retry_after_s", int((renewEvery-age)/time.Second)+1)
	}
	cert, err := f.Keys.IssueKiosk(Device{CSR: csr, RecordKey: k.RecordKey, SealKey: k.SealKey}, k.ID, now)
	if err != nil {
		return nil, err
	}
	next := centraldb.Renewal{Kiosk: k.ID, CSRKey: csrKey, Cert: cert, Previous: k.CertSHA256, At: now.UnixNano()}
	if was.Previous != "" {
		next.Previous = was.Previous // the one between was never used
	}
	k.CertSHA256 = fingerprint(cert)
	if err := errors.Join(tx.SetKioskIdentity(ctx, k), noteCertificate(ctx, tx, cert, k, now)); err != nil {
		return nil, err
	}
	if err := tx.SetRenewal(ctx, next); err != nil {
		return nil, err
	}
	return cert, f.Audit.Record(ctx, tx, "kiosk:"+k.ID, "kiosk.renew", k.ID, map[string]any{"cert": k.CertSHA256})
}

// holds says whether a certificate is the kiosk's newest, or the one before while the
// newest was not used. Using the newest ends the one before.
func (f *Fleet) holds(ctx context.Context, k centraldb.Kiosk, cert string) (bool, error) {
	r, err := f.Store.Renewal(ctx, k.ID)
	if err != nil {
		return false, err
	}
	if cert != k.CertSHA256 {
		return r.Previous != "" && cert == r.Previous, nil
	}
	if r.Previous == "" {
		return true, nil
	}
	return true, f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		now, err := tx.Renewal(ctx, k.ID)
		if err != nil || !bytes.Equal(now.Cert, r.Cert) {
			return err
		}
		now.Previous = ""
		return tx.SetRenewal(ctx, now)
	})
}
