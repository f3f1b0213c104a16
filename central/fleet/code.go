package fleet

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// An enrolment code has CodeLen Crockford characters (50 bits) and lives CodeLife, or
// as long as whoever makes it says: one that lies in a file waits for its machine.
const (
	CodeLen     = 10
	CodeLife    = 24 * time.Hour
	MaxCodeLife = 90 * 24 * time.Hour
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Code is an enrolment code, shown this once.
type Code struct {
	Text      string // 5-5, as people read it: 7K3QX-M0R2T
	URL       string // timepost://host:port/CODE?ca=SHA256: pins the authority too
	ExpiresAt time.Time
}

// Code makes an enrolment code for a kiosk, good once and for life (0: CodeLife).
// Codes made for it before and not used are void. problem.NotFound; problem.Invalid
// with the field "days".
func (f *Fleet) Code(ctx context.Context, actor, kiosk string, life time.Duration) (Code, error) {
	if life == 0 {
		life = CodeLife
	}
	if life < 0 || life > MaxCodeLife {
		return Code{}, problem.New(problem.Invalid, "A code lasts 90 days at most.", "Give fewer days.").With("field", "days")
	}
	text, err := crockford(f.Random, CodeLen)
	if err != nil {
		return Code{}, err
	}
	now := f.Now().UTC()
	c := Code{Text: text[:5] + "-" + text[5:], URL: EnrolURL(f.Device(), text, f.Keys.CA.Raw), ExpiresAt: now.Add(life)}
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if _, err := tx.Kiosk(ctx, kiosk); err != nil {
			return err
		}
		row := centraldb.Code{HMAC: f.hmac(text), Kiosk: kiosk, CreatedAt: now.UnixNano(), ExpiresAt: c.ExpiresAt.UnixNano()}
		if err := tx.AddCode(ctx, row); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, actor, "kiosk.code", kiosk, nil)
	})
	if err != nil {
		return Code{}, err
	}
	return c, nil
}

// EnrolURL gives the address that a kiosk can enrol by: the device listener, the
// code and the SHA-256 of the authority's certificate.
func EnrolURL(device, code string, ca []byte) string {
	u := url.URL{Scheme: "timepost", Host: device, Path: "/" + code, RawQuery: url.Values{"ca": {fingerprint(ca)}}.Encode()}
	return u.String()
}

func (f *Fleet) hmac(code string) []byte {
	m := hmac.New(sha256.New, f.codeKey)
	m.Write([]byte(code))
	return m.Sum(nil)
}

// normalise reads a code or a token as people type it: any case, dashes and blanks anywhere,
// O for 0, I and L for 1. It reports false for what can't be a code.
func normalise(typed string) (string, bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case '-', ' ', '\u00a0', '\u2010', '\u2011', '\u2013':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(alphabet, r) || b.Len() == TokenLen {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == CodeLen || b.Len() == TokenLen
}

func crockford(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("draw code: %w", err)
	}
	for i := range b {
		b[i] = alphabet[b[i]%32] // 256 is a multiple of 32: uniform
	}
	return string(b), nil
}
