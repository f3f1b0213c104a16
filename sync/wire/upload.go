package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

// The device listener's calls that hand something in, without a client
// certificate: POST, with UploadHeader. What the body is, its kind says.
const (
	DepositPath     = "/device/v1/deposit"
	SalvagePath     = "/device/v1/salvage"
	DiagnosticsPath = "/device/v1/diagnostics"
	RenewPath       = "/device/v1/renew"
)

// UploadHeader carries a SignedUpload: the one header by which a body proves whose it is.
const UploadHeader = "Timepost-Upload"

// MaxUpload bounds a body that is handed in, in bytes.
const MaxUpload = 8 << 20

const maxUploadHeader = 2 << 10 // bytes

// UploadKind says what is handed in.
type UploadKind string

// The kinds, each with a path of its own.
const (
	UploadDeposit     UploadKind = "deposit"     // Deposit, JSON
	UploadSalvage     UploadKind = "salvage"     // Deposit, JSON
	UploadDiagnostics UploadKind = "diagnostics" // an archive, as the kiosk made it
	UploadRenew       UploadKind = "renew"       // RenewRequest, JSON; RenewReply comes back
	UploadReadopt     UploadKind = "readopt"     // Readopt, JSON; ReadoptReply comes back
)

// Path gives where a kind goes, "" for one that is none.
func (k UploadKind) Path() string {
	switch k {
	case UploadDeposit:
		return DepositPath
	case UploadSalvage:
		return SalvagePath
	case UploadDiagnostics:
		return DiagnosticsPath
	case UploadRenew:
		return RenewPath
	case UploadReadopt:
		return ReadoptPath
	}
	return ""
}

// SignedUpload says whose a body is. It is signed with the record key: Ed25519
// over "timepost/upload/v1\0" and the JSON as it is sent. The time is the kiosk's
// own and decides nothing, for its clock may be wrong: a body that is handed in
// again changes nothing.
type SignedUpload struct {
	Org    string      `json:"org"`
	Kiosk  string      `json:"kiosk"`
	Key    []byte      `json:"key"` // Ed25519 public, the record key
	Kind   UploadKind  `json:"kind"`
	SHA256 record.Hash `json:"sha256"` // of the body
	At     int64       `json:"at"`     // CLOCK_REALTIME, unix nanoseconds
}

// SignUpload gives the value of UploadHeader for a body.
func SignUpload(key ed25519.PrivateKey, org, kiosk string, kind UploadKind, body []byte, at time.Time) (string, error) {
	u := SignedUpload{
		Org: org, Kiosk: kiosk, Key: key.Public().(ed25519.PublicKey), Kind: kind, SHA256: sha256.Sum256(body), At: at.UnixNano(),
	}
	text, err := marshal(u)
	if err != nil {
		return "", fmt.Errorf("encode upload: %w", err)
	}
	sig := ed25519.Sign(key, uploadText(text))
	return base64.RawURLEncoding.EncodeToString(text) + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// OpenUpload reads the value of UploadHeader. It proves that the sender holds the
// key in it, not whose key that is. It fails with problem.Invalid and, where the
// signature does not hold, problem.Untrusted.
func OpenUpload(header string) (SignedUpload, error) {
	var u SignedUpload
	front, back, ok := strings.Cut(header, ".")
	if !ok || len(header) > maxUploadHeader {
		return u, badUpload(errors.New("no header of an upload"))
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(front)
	if err != nil {
		return u, badUpload(err)
	}
	sig, err := base64.RawURLEncoding.Strict().DecodeString(back)
	if err != nil {
		return u, badUpload(err)
	}
	if err := json.Unmarshal(text, &u); err != nil {
		return SignedUpload{}, badUpload(err)
	}
	if !attendance.ValidSegment(u.Org) || !attendance.ValidSegment(u.Kiosk) || u.Kind.Path() == "" || len(u.Key) != ed25519.PublicKeySize {
		return SignedUpload{}, badUpload(errors.New("org, kiosk, key or kind is not one"))
	}
	if len(sig) != ed25519.SignatureSize || !ed25519.Verify(u.Key, uploadText(text), sig) {
		return SignedUpload{}, problem.New(problem.Untrusted, "This is not signed by the kiosk's own key.", "Try again from the kiosk.")
	}
	return u, nil
}

// Holds says whether body is what was signed.
func (u SignedUpload) Holds(body []byte) bool {
	sum := sha256.Sum256(body)
	return bytes.Equal(sum[:], u.SHA256[:])
}

func uploadText(text []byte) []byte {
	return append([]byte("timepost/upload/v1\x00"), text...)
}

func badUpload(err error) error {
	return problem.New(problem.Invalid, "This can't be read as something a kiosk hands in.", "Update the kiosk's software.").Because(err)
}
