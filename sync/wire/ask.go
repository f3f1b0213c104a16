package wire

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// AskPath is the device listener's call of a machine that has no code and asks to be let
// in: POST an EnrolRequest without a code, AskReply back. It is repeated until somebody
// has decided, about every AskEvery.
const AskPath = "/device/v1/ask"

// AskReply says whether somebody has let the machine in. A machine that was rejected gets
// problem.Forbidden.
type AskReply struct {
	Check string      `json:"check"`           // as central has worked it out, for its log; the machine shows its own
	Reply *EnrolReply `json:"reply,omitempty"` // nil: nobody has decided yet
}

const (
	checkAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base 32
	checkLen      = 12                                 // characters of five bits
	checkGroup    = 4
)

// CheckValue is what the machine and central both show, for a person to compare before
// letting the machine in: 60 bits, in three groups of four, of SHA-256 over
// "timepost/check/v1\0" + lp(ca) + lp(tls) + lp(record) + lp(seal), the first two being
// SubjectPublicKeyInfo. Whoever stands between the two has other keys, and so another
// value. It fails with problem.Invalid where the request's CSR can't be read.
func CheckValue(ca *x509.Certificate, r EnrolRequest) (string, error) {
	csr, err := x509.ParseCertificateRequest(r.CSR)
	if err != nil {
		return "", problem.New(problem.Invalid, "The certificate request can't be used.", "").Because(err)
	}
	h := sha256.New()
	h.Write([]byte("timepost/check/v1\x00"))
	for _, part := range [][]byte{ca.RawSubjectPublicKeyInfo, csr.RawSubjectPublicKeyInfo, r.RecordKey, r.SealKey} {
		h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(part))))
		h.Write(part)
	}
	bits := binary.BigEndian.Uint64(h.Sum(nil))
	var b strings.Builder
	for i := range checkLen {
		if i > 0 && i%checkGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(checkAlphabet[bits>>(64-5*(i+1))&31])
	}
	return b.String(), nil
}

// ParseCheck reads a check value as people type it: any case, with or without dashes and
// blanks, O for 0, I and L for 1. It fails with problem.Invalid.
func ParseCheck(typed string) (string, error) {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case '-', ' ':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(checkAlphabet, r) || n == checkLen {
			return "", badCheck(typed)
		}
		if n > 0 && n%checkGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
		n++
	}
	if n != checkLen {
		return "", badCheck(typed)
	}
	return b.String(), nil
}

func badCheck(typed string) error {
	return problem.New(problem.Invalid, fmt.Sprintf("%q is no check value.", typed), "Type the twelve characters that the machine shows, like 7K3Q-M0R2-T9XW.").With("field", "check")
}
