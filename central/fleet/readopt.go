package fleet

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// AdmitReadopt says whether a kiosk can be taken back at all: problem.Forbidden on a
// server that was never restored from a backup.
func (f *Fleet) AdmitReadopt(ctx context.Context, u wire.SignedUpload) error {
	if u.Org != f.Keys.Org {
		return notTakenBack(fmt.Errorf("organisation %q", u.Org))
	}
	times, err := f.Store.Restores(ctx)
	if err != nil {
		return err
	}
	if len(times) == 0 {
		return notTakenBack(errors.New("this server was never restored"))
	}
	return nil
}

func notTakenBack(err error) error {
	return problem.New(problem.Forbidden, "This server does not know this kiosk.", "Enrol it again.").Because(err)
}

// Readopt takes back the kiosk that signed u: body is a wire.Readopt. A certificate that
// our authority has signed in a time of which this server knows nothing, since it was
// restored, is the proof that somebody had let the kiosk in then. It gets a new Universal
// PIN and nobody is assigned to it; admins are told. Repeating it changes nothing.
// Errors: problem.Forbidden, problem.Invalid.
func (f *Fleet) Readopt(ctx context.Context, u wire.SignedUpload, body []byte) (wire.ReadoptReply, error) {
	var r wire.Readopt
	if err := json.Unmarshal(body, &r); err != nil {
		return wire.ReadoptReply{}, badRequest(err)
	}
	times, err := f.Store.Restores(ctx)
	if err != nil {
		return wire.ReadoptReply{}, err
	}
	proof, err := f.prove(u, r, times)
	if err != nil {
		return wire.ReadoptReply{}, notTakenBack(err)
	}
	org, err := f.Store.Organisation(ctx)
	if err != nil {
		return wire.ReadoptReply{}, err
	}
	done := func(context.Context) {}
	fresh := false
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) (err error) {
		fresh, done, err = f.takeBack(ctx, tx, org, proof, u, r)
		return err
	})
	if err == nil && fresh {
		done(ctx)
		f.Log.Warn("kiosk taken back after a restore", "kiosk", u.Kiosk, "enrolled", proof.issued)
		f.Changed(context.WithoutCancel(ctx), u.Kiosk)
	}
	return wire.ReadoptReply{Gen: org.Gen, Back: fresh}, err
}

// proof is what a certificate has shown.
type proof struct {
	issued time.Time
	lost   centraldb.Restore // the time in which that was
	cert   string            // SHA-256, hex
}

// prove holds the certificate to the authority, to the keys, and to the times that this
// server knows nothing of.
func (f *Fleet) prove(u wire.SignedUpload, r wire.Readopt, times []centraldb.Restore) (proof, error) {
	cert, err := x509.ParseCertificate(r.Cert)
	if err != nil {
		return proof{}, err
	}
	p := proof{issued: cert.NotBefore.Add(leeway), cert: fingerprint(r.Cert)}
	_, err = cert.Verify(x509.VerifyOptions{
		Roots: f.Keys.Pool(), CurrentTime: p.issued, // that it has ended since is for the renewal
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return p, err
	}
	if _, err := ecdh.X25519().NewPublicKey(r.SealKey); err != nil {
		return p, err
	}
	if cert.Subject.CommonName != u.Kiosk || !attendance.ValidSegment(u.Kiosk) || !slices.Equal(cert.Subject.Organization, []string{u.Org}) ||
		!names(cert, keyURI("record-key", u.Key)) || !names(cert, keyURI("seal-key", r.SealKey)) {
		return p, errors.New("the certificate is another kiosk's, or for other keys")
	}
	for _, t := range times {
		// Certificates know seconds only.
		if p.issued.Unix() >= time.Unix(0, t.From).Unix() && p.issued.UnixNano() <= t.To {
			p.lost = t
			return p, nil
		}
	}
	return p, fmt.Errorf("issued %s: this server would know", p.issued.UTC().Format(time.RFC3339))
}

func names(cert *x509.Certificate, uri *url.URL) bool {
	return slices.ContainsFunc(cert.URIs, func(u *url.URL) bool { return u.String() == uri.String() })
}

// takeBack writes the kiosk as its certificate proves it. fresh is false where it is in
// force already.
func (f *Fleet) takeBack(ctx context.Context, tx *centraldb.Tx, org centraldb.Organisation, p proof, u wire.SignedUpload, r wire.Readopt) (fresh bool, done func(context.Context), err error) {
	done = func(context.Context) {}
	k, err := tx.Kiosk(ctx, u.Kiosk)
	known := err == nil
	switch {
	case problem.Is(err, problem.NotFound):
		if k, done, err = f.addBack(ctx, tx, org, u.Kiosk, r); err != nil {
			return false, done, err
		}
	case err != nil:
		return false, done, err
	case k.Status == centraldb.KioskEnrolled && bytes.Equal(k.RecordKey, u.Key):
		return false, done, nil
	default:
		if err := f.mayReplace(ctx, tx, k, p, u); err != nil {
			return false, done, err
		}
	}
	k.Status, k.CertSHA256, k.EnrolledAt = centraldb.KioskEnrolled, p.cert, p.issued.UnixNano()
	k.RecordKey, k.SealKey, k.Hardware, k.Software = u.Key, r.SealKey, short(r.Serial), short(r.Software)
	if err := errors.Join(tx.SetKioskIdentity(ctx, k), tx.ForgetRenewal(ctx, k.ID), noteCertificate(ctx, tx, r.Cert, k, f.Now())); err != nil {
		return false, done, err
	}
	if err := tx.AddNotice(ctx, f.backNotice(k, p, known)); err != nil {
		return false, done, err
	}
	return true, done, f.Audit.Record(ctx, tx, "kiosk:"+k.ID, "kiosk.readopt", k.ID,
		map[string]any{"cert": p.cert, "issued": p.issued.UTC().Format(time.RFC3339), "known": known, "hardware": k.Hardware})
}

// mayReplace says whether the machine may take a slot that the server has other keys
// for, or has revoked: only if it was enrolled after all that the server knows of it.
func (f *Fleet) mayReplace(ctx context.Context, tx *centraldb.Tx, k centraldb.Kiosk, p proof, u wire.SignedUpload) error {
	if _, err := tx.Identity(ctx, k.ID, u.Key); err == nil {
		return notTakenBack(errors.New("its keys were taken away"))
	} else if !problem.Is(err, problem.NotFound) {
		return err
	}
	if k.EnrolledAt > p.issued.UnixNano() {
		return notTakenBack(errors.New("a later machine has its place"))
	}
	ended, err := tx.LastEnd(ctx, k.ID)
	if err != nil {
		return err
	}
	if k.Status == centraldb.KioskRevoked && ended >= p.lost.To {
		return notTakenBack(errors.New("the kiosk was revoked since"))
	}
	return nil
}

// addBack makes a kiosk of which nothing is known but what it says itself.
func (f *Fleet) addBack(ctx context.Context, tx *centraldb.Tx, org centraldb.Organisation, id string, r wire.Readopt) (centraldb.Kiosk, func(context.Context), error) {
	none := func(context.Context) {}
	k := attendance.Kiosk{ID: id, Name: r.Name, Zone: r.Zone, RequiresPIN: true}
	if checkKiosk(k) != nil {
		k.Name, k.Zone = id, org.Zone
	}
	if err := tx.AddKiosk(ctx, k, f.Now().UnixNano()); err != nil {
		return centraldb.Kiosk{}, none, err
	}
	length, err := tx.PINLength(ctx)
	if err != nil {
		return centraldb.Kiosk{}, none, err
	}
	_, done, err := f.Universals.NewUniversal(ctx, tx, id, length.Digits)
	if err != nil {
		return centraldb.Kiosk{}, none, err
	}
	out, err := tx.Kiosk(ctx, id)
	return out, done, err
}

func (f *Fleet) backNotice(k centraldb.Kiosk, p proof, known bool) centraldb.Notice {
	body := fmt.Sprintf("The kiosk %s was enrolled on %s UTC, which this server, restored from a backup, does not know. ", k.Name, p.issued.UTC().Format("2 January 2006 15:04"))
	if known {
		body += "Its new machine is in force again, in place of the earlier one. Revoke it if that is not right."
	} else {
		body += "It is in force again, with a new Universal PIN, and sends its punches. Assign its people on its page, or revoke it if it should not be there."
	}
	return centraldb.Notice{
		At: f.Now().UnixNano(), Kind: "kiosk.readopt", Key: "readopt:" + k.ID + ":" + p.cert, Audience: centraldb.ToAdmins,
		Title: "A kiosk is back after the restore: " + k.Name, Body: body, Path: "/kiosks/" + k.ID,
	}
}

// short cuts what a machine says of itself.
func short(s string) string { return s[:min(len(s), 200)] }
