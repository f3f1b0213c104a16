package wire

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
// Ed25519 over "timepost/enrol/v1\0" and the JSON of this value with Sig empty.
type EnrolRequest struct {
	Code      string `json:"code"`
	CSR       []byte `json:"csr"`              // DER PKCS #10, key ECDSA P-256; its subject is ignored
	RecordKey []byte `json:"record_key"`       // Ed25519 public, 32 bytes
	SealKey   []byte `json:"seal_key"`         // X25519 public, 32 bytes
	Serial    string `json:"serial,omitempty"` // the hardware's own number
	Software  string `json:"software"`
	Sig       []byte `json:"sig,omitempty"`
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
