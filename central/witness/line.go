package witness

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// version begins every line.
const version = "timepost-witness/1"

// maxLine bounds a line, in bytes.
const maxLine = 1000

// Line says where everything ended at one moment.
type Line struct {
	At        time.Time // UTC, whole seconds
	Org       string
	Gen       uint64 // generation of the data
	UpTo      int64  // the last record that had come in, by its order of arrival
	Journals  int    // that had a record
	Heads     record.Hash
	AuditRows int64 // rows of the audit log
	AuditHash record.Hash
	Key       string // id of the key that signed it
	Sig       []byte // Ed25519, 64 bytes
}

// signed gives the text without its signature, which it covers.
func (l Line) signed() string {
	return fmt.Sprintf("%s %s %s gen=%d upto=%d journals=%d heads=%s audit=%d:%s key=%s", version, l.At.UTC().Format(time.RFC3339),
		l.Org, l.Gen, l.UpTo, l.Journals, l.Heads, l.AuditRows, l.AuditHash, l.Key)
}

// message gives the bytes that the signature is made over.
func (l Line) message() []byte { return []byte("timepost/witness/v1\x00" + l.signed()) }

// String gives the line as it is kept, without an end of line.
func (l Line) String() string {
	return l.signed() + " sig=" + base64.RawURLEncoding.EncodeToString(l.Sig)
}

// Seal signs the line.
func (l Line) Seal(key ed25519.PrivateKey) Line {
	l.At = l.At.UTC().Truncate(time.Second)
	l.Key = wire.KeyID(key.Public().(ed25519.PublicKey))
	l.Sig = ed25519.Sign(key, l.message())
	return l
}

// SignedBy says whether the key has signed the line.
func (l Line) SignedBy(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && len(l.Sig) == ed25519.SignatureSize && ed25519.Verify(key, l.message(), l.Sig)
}

// Parse reads a line; problem.Invalid for what is none.
func Parse(text string) (Line, error) {
	bad := problem.New(problem.Invalid, "This is not a line of a witness.", "Each begins with "+version+" and stands as it was written.")
	f := strings.Split(text, " ")
	if len(text) > maxLine || len(f) != 10 || f[0] != version {
		return Line{}, bad
	}
	l := Line{Org: f[2]}
	var err error
	if l.At, err = time.Parse(time.RFC3339, f[1]); err != nil {
		return Line{}, bad.Because(err)
	}
	journals, rows := int64(0), ""
	for n, field := range []struct {
		name string
		read func(string) error
	}{
		{"gen", func(s string) (err error) { l.Gen, err = strconv.ParseUint(s, 10, 63); return err }},
		{"upto", number(&l.UpTo)},
		{"journals", number(&journals)},
		{"heads", func(s string) error { return l.Heads.UnmarshalText([]byte(s)) }},
		{"audit", func(s string) error { rows = s; return nil }},
		{"key", func(s string) error { l.Key = s; return nil }},
		{"sig", func(s string) (err error) { l.Sig, err = base64.RawURLEncoding.DecodeString(s); return err }},
	} {
		value, ok := strings.CutPrefix(f[3+n], field.name+"=")
		if !ok {
			return Line{}, bad
		}
		if err := field.read(value); err != nil {
			return Line{}, bad.Because(err)
		}
	}
	count, hash, _ := strings.Cut(rows, ":")
	if err := number(&l.AuditRows)(count); err != nil {
		return Line{}, bad.Because(err)
	}
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != record.HashLen {
		return Line{}, bad
	}
	copy(l.AuditHash[:], b)
	l.Journals = int(journals)
	if l.String() != text { // one text for each line, or two could say the same
		return Line{}, bad
	}
	return l, nil
}

func number(n *int64) func(string) error {
	return func(s string) error {
		v, err := strconv.ParseUint(s, 10, 62)
		*n = int64(v)
		return err
	}
}

// ParseAll reads a file of lines; empty ones and those that begin with # are skipped.
// It fails with problem.Invalid, naming the line.
func ParseAll(text []byte) ([]Line, error) {
	var out []Line
	for n, row := range bytes.Split(text, []byte("\n")) {
		row = bytes.TrimRight(row, "\r")
		if len(row) == 0 || row[0] == '#' {
			continue
		}
		l, err := Parse(string(row))
		if err != nil {
			return nil, problem.New(problem.Invalid, fmt.Sprintf("Line %d of the witness can't be read.", n+1), "Take it from where it was kept unchanged.").Because(err)
		}
		out = append(out, l)
	}
	return out, nil
}
