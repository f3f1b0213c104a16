package wire

import (
	"crypto/ed25519"
	"fmt"

	"github.com/timepost/timepost/internal/problem"
)

// WellKnownPath is where central's web address tells kiosks about its device listener.
const WellKnownPath = "/.well-known/timepost"

// EnrolPath is the device listener's enrolment call: POST EnrolRequest, EnrolReply back.
const EnrolPath = "/device/v1/enrol"

// WellKnown is the body at WellKnownPath.
type WellKnown struct {
	Org    string `json:"org"`
	Device string `json:"device"` // https://host:port of the device listener
	CA     []byte `json:"ca"`     // DER
}

// EnrolRequest asks to become a kiosk. The same CSR key may repeat its request
// for 24 h and gets the same answer. It is signed with the record key: Sig is
// Ed25519 over "timepost/enrol/v1\0" and the JSON of this value with Sig empty,
// as Sign and Verify make it (compact, in this order, without HTML escaping).
// Unlike a message it is re-encoded to be verified, so its fields are fixed: a
// later request with other fields needs another path.
type EnrolRequest struct {
	Code      string `json:"code"`
	CSR       []byte `json:"csr"`              // DER PKCS #10, key ECDSA P-256; its subject is ignored
	RecordKey []byte `json:"record_key"`       // Ed25519 public, 32 bytes
	SealKey   []byte `json:"seal_key"`         // X25519 public, 32 bytes
	Serial    string `json:"serial,omitempty"` // the hardware's own number
	Software  string `json:"software"`
	Sig       []byte `json:"sig,omitempty"`
}

// Sign gives r with the record key's public half and its signature in it.
func (r EnrolRequest) Sign(key ed25519.PrivateKey) (EnrolRequest, error) {
	r.RecordKey = key.Public().(ed25519.PublicKey)
	signed, err := r.signed()
	if err != nil {
		return EnrolRequest{}, err
	}
	r.Sig = ed25519.Sign(key, signed)
	return r, nil
}

// Verify says whether r is signed by the record key that it carries: that the
// sender holds it, not who the sender is. The code says that. It fails with
// problem.Untrusted.
func (r EnrolRequest) Verify() error {
	signed, err := r.signed()
	if err != nil {
		return err
	}
	if len(r.RecordKey) != ed25519.PublicKeySize || len(r.Sig) != ed25519.SignatureSize ||
		!ed25519.Verify(r.RecordKey, signed, r.Sig) {
		return problem.New(problem.Untrusted, "This enrolment is not signed by the kiosk's own key.", "Try again from the kiosk.")
	}
	return nil
}

func (r EnrolRequest) signed() ([]byte, error) {
	r.Sig = nil
	b, err := marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode enrolment: %w", err)
	}
	return append([]byte("timepost/enrol/v1\x00"), b...), nil
}

// EnrolReply makes the kiosk one. It holds no secret.
type EnrolReply struct {
	Org      string      `json:"org"`
	Kiosk    string      `json:"kiosk"`
	Cert     []byte      `json:"cert"`    // DER
	CA       []byte      `json:"ca"`      // DER
	Brokers  []string    `json:"brokers"` // tls://host:port
	Keyset   Keyset      `json:"keyset"`
	Gen      uint64      `json:"gen"`
	Settings SettingsRow `json:"settings"`
}
