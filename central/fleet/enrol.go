package fleet

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Enrol makes the machine that sent the request the kiosk its code was made for.
// Address is where it comes from. Enrolling a kiosk again replaces its keys. The
// same CSR key may repeat its request for 24 hours and gets the same answer.
//
// Errors: problem.Invalid and problem.Untrusted (the request itself),
// problem.NotFound (no such code), problem.Expired, problem.Used, problem.Limited.
func (f *Fleet) Enrol(ctx context.Context, address string, r wire.EnrolRequest) (wire.EnrolReply, error) {
	var reply wire.EnrolReply
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		return reply, fmt.Errorf("wait to enrol: %w", ctx.Err())
	}
	if err := f.tries.check(address, f.Now()); err != nil {
		return reply, err
	}
	id, err := verifyRequest(r)
	if err != nil {
		f.tries.fail(address, f.Now())
		return reply, err
	}
	reply, fresh, err := f.enrol(ctx, id, r)
	switch problem.CodeOf(err) {
	case problem.NotFound, problem.Expired, problem.Used:
		f.tries.fail(address, f.Now())
	}
	if err != nil {
		return wire.EnrolReply{}, err
	}
	if fresh {
		f.Log.Info("kiosk enrolled", "kiosk", reply.Kiosk, "address", address)
		f.Changed(context.WithoutCancel(ctx), reply.Kiosk)
	}
	return reply, nil
}

// verifyRequest checks everything a request proves by itself and gives the
// SHA-256 of its CSR key: who may repeat it.
func verifyRequest(r wire.EnrolRequest) (string, error) {
	public, err := parseCSR(r.CSR)
	if err != nil {
		return "", err
	}
	if len(r.RecordKey) != ed25519.PublicKeySize {
		return "", badRequest(fmt.Errorf("record key has %d bytes", len(r.RecordKey)))
	}
	if _, err := ecdh.X25519().NewPublicKey(r.SealKey); err != nil {
		return "", badRequest(err)
	}
	if len(r.Serial) > 200 || len(r.Software) > 200 {
		return "", badRequest(fmt.Errorf("serial or software is too long"))
	}
	if err := r.Verify(); err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", badRequest(err)
	}
	return fingerprint(der), nil
}

func (f *Fleet) enrol(ctx context.Context, csrKey string, r wire.EnrolRequest) (reply wire.EnrolReply, fresh bool, err error) {
	code, ok := normalise(r.Code)
	switch {
	case !ok:
		return reply, false, errUnknownCode()
	case len(code) == TokenLen:
		return f.enrolByToken(ctx, code, csrKey, r)
	}
	org, err := f.Store.Organisation(ctx)
	if err != nil {
		return reply, false, err
	}
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		row, err := tx.Code(ctx, f.hmac(code))
		if problem.Is(err, problem.NotFound) {
			return errUnknownCode()
		}
		if err != nil {
			return err
		}
		now := f.Now()
		if row.UsedAt != 0 {
			reply, err = repeat(row, csrKey, now)
			return err
		}
		if now.UnixNano() >= row.ExpiresAt {
			return problem.New(problem.Expired, "This code has expired.", "Ask for a new one; codes are good for a while only.")
		}
		fresh = true
		reply, err = f.adopt(ctx, tx, org, row, csrKey, r)
		return err
	})
	return reply, fresh, err
}

// repeat answers a used code: to the key that used it the same as before.
func repeat(row centraldb.Code, csrKey string, now time.Time) (reply wire.EnrolReply, err error) {
	if row.UsedBy != csrKey || now.Sub(time.Unix(0, row.UsedAt)) >= CodeLife {
		return reply, problem.New(problem.Used, "This code has been used already.", "Ask for a new one; a code is good once.")
	}
	if err := json.Unmarshal(row.Reply, &reply); err != nil {
		return reply, fmt.Errorf("read stored reply: %w", err)
	}
	return reply, nil
}

// adopt gives the kiosk of the code its new identity and marks the code used.
func (f *Fleet) adopt(ctx context.Context, tx *centraldb.Tx, org centraldb.Organisation, row centraldb.Code, csrKey string, r wire.EnrolRequest) (wire.EnrolReply, error) {
	reply, err := f.identify(ctx, tx, org, row.Kiosk, r)
	if err != nil {
		return reply, err
	}
	if row.Reply, err = json.Marshal(reply); err != nil {
		return reply, fmt.Errorf("encode reply: %w", err)
	}
	row.UsedAt, row.UsedBy = f.Now().UnixNano(), csrKey
	return reply, tx.UseCode(ctx, row)
}

// identify makes the machine that sent r the kiosk, in place of any before it.
func (f *Fleet) identify(ctx context.Context, tx *centraldb.Tx, org centraldb.Organisation, kiosk string, r wire.EnrolRequest) (wire.EnrolReply, error) {
	k, err := tx.Kiosk(ctx, kiosk)
	if err != nil {
		return wire.EnrolReply{}, err
	}
	now := f.Now()
	cert, err := f.Keys.IssueKiosk(Device{CSR: r.CSR, RecordKey: r.RecordKey, SealKey: r.SealKey}, k.ID, now)
	if err != nil {
		return wire.EnrolReply{}, err
	}
	reply := wire.EnrolReply{
		Org: f.Keys.Org, Kiosk: k.ID, Cert: cert, CA: f.Keys.CA.Raw, Brokers: f.Brokers(),
		Keyset: f.Keys.Keyset(), Gen: org.Gen, Settings: settings(org, k),
	}
	again := k.Status != centraldb.KioskNew
	k.Status, k.CertSHA256, k.EnrolledAt = centraldb.KioskEnrolled, fingerprint(cert), now.UnixNano()
	k.RecordKey, k.SealKey, k.Hardware, k.Software = r.RecordKey, r.SealKey, r.Serial, r.Software
	if err := errors.Join(tx.SetKioskIdentity(ctx, k), tx.ForgetRenewal(ctx, k.ID), noteCertificate(ctx, tx, cert, k, now)); err != nil {
		return reply, err
	}
	return reply, f.Audit.Record(ctx, tx, "kiosk:"+k.ID, "kiosk.enrol", k.ID,
		map[string]any{"again": again, "cert": k.CertSHA256, "hardware": r.Serial, "software": r.Software})
}

func settings(org centraldb.Organisation, k centraldb.Kiosk) wire.SettingsRow {
	return wire.SettingsRow{
		OrgName: org.Name, KioskName: k.Name, Zone: k.Zone, RequiresPIN: k.RequiresPIN, Schedule: k.Schedule, Mode: k.Mode,
	}
}

func errUnknownCode() error {
	return problem.New(problem.NotFound, "There is no such code.", "Compare it with the screen it was shown on.")
}
