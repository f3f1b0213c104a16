package fleet

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// The embedded broker asks Admit about each certificate. A broker elsewhere can't: it
// gets a list of those that are not good any more.

const pemCRL = "X509 CRL"

// noteCertificate notes, where it is issued, what may have to be revoked later.
func noteCertificate(ctx context.Context, tx *centraldb.Tx, der []byte, k centraldb.Kiosk, now time.Time) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("note certificate: %w", err)
	}
	return tx.AddCertificate(ctx, centraldb.Certificate{
		Serial: serialText(cert.SerialNumber), Kiosk: k.ID, RecordKey: k.RecordKey,
		From: cert.NotBefore.UnixNano(), Until: cert.NotAfter.UnixNano(),
	}, now.UnixNano())
}

func serialText(n *big.Int) string { return fmt.Sprintf("%032x", n) }

// Serial gives a certificate's serial number as the tables have it.
func Serial(cert *x509.Certificate) string { return serialText(cert.SerialNumber) }

// Recall notes the certificates of kiosks that were enrolled before certificates were
// noted, as far as the answers to their codes are there.
func (f *Fleet) Recall(ctx context.Context) error {
	now := f.Now()
	err := f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		replies, err := tx.UnnotedReplies(ctx, now.Add(-certLife).UnixNano())
		for _, text := range replies {
			err = errors.Join(err, recall(ctx, tx, text, now))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("recall certificates: %w", err)
	}
	return nil
}

func recall(ctx context.Context, tx *centraldb.Tx, text []byte, now time.Time) error {
	var reply wire.EnrolReply
	if err := json.Unmarshal(text, &reply); err != nil {
		return fmt.Errorf("read stored reply: %w", err)
	}
	cert, err := x509.ParseCertificate(reply.Cert)
	if err != nil {
		return fmt.Errorf("read stored certificate: %w", err)
	}
	had, err := tx.Identities(ctx, reply.Kiosk)
	if err != nil {
		return err
	}
	k := centraldb.Kiosk{}
	k.ID = reply.Kiosk
	for _, i := range had {
		if names(cert, keyURI("record-key", i.RecordKey)) {
			k.RecordKey = i.RecordKey
		}
	}
	return noteCertificate(ctx, tx, reply.Cert, k, now) // without a key: it is of none in force
}

// RevocationList gives a PEM file that names the revoked certificates, signed by the
// authority. Before is the file as it is: where it says the same it is given back, and
// lists of the authorities before this one stay in it, for their keys are gone. The list
// ends with the authority: one that ended earlier would lock every kiosk out of a broker
// while this server is away.
func (k *Keys) RevocationList(before []byte, revoked []centraldb.RevokedCertificate, now time.Time) ([]byte, error) {
	t := &x509.RevocationList{
		Number: big.NewInt(now.UnixNano()), ThisUpdate: now.Add(-leeway), NextUpdate: k.CA.NotAfter,
		RevokedCertificateEntries: make([]x509.RevocationListEntry, 0, len(revoked)),
	}
	for _, r := range revoked {
		serial, ok := new(big.Int).SetString(r.Serial, 16)
		if !ok {
			return nil, fmt.Errorf("list revoked certificates: serial number %q", r.Serial)
		}
		t.RevokedCertificateEntries = append(t.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: serial, RevocationTime: time.Unix(0, r.At).UTC().Truncate(time.Second)})
	}
	own, others := k.lists(before)
	if own != nil && sameList(own, t) {
		return before, nil
	}
	der, err := x509.CreateRevocationList(rand.Reader, t, k.CA, k.CAKey)
	if err != nil {
		return nil, fmt.Errorf("sign list of revoked certificates: %w", err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: pemCRL, Bytes: der}), others...), nil
}

// lists finds the list of the authority in force in a file, and what is there of others
// that are believed. What is none of these is left out: it is no list of this fleet.
func (k *Keys) lists(file []byte) (own *x509.RevocationList, others []byte) {
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			continue
		}
		for _, ca := range k.Roots() {
			switch {
			case list.CheckSignatureFrom(ca) != nil:
			case ca.Equal(k.CA):
				own = list
			default:
				others = append(others, pem.EncodeToMemory(block)...)
			}
		}
	}
	return own, others
}

func sameList(a, b *x509.RevocationList) bool {
	return slices.EqualFunc(a.RevokedCertificateEntries, b.RevokedCertificateEntries, func(x, y x509.RevocationListEntry) bool {
		return x.SerialNumber.Cmp(y.SerialNumber) == 0 && x.RevocationTime.Equal(y.RevocationTime)
	})
}

// Listed gives the serial numbers, as centraldb has them, that the lists in a file name.
func Listed(file []byte) []string {
	var serials []string
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			continue // RevocationList leaves it out, too
		}
		for _, e := range list.RevokedCertificateEntries {
			serials = append(serials, serialText(e.SerialNumber))
		}
	}
	return serials
}
