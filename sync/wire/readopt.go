package wire

// ReadoptPath is where a kiosk that a restored central does not know shows who it is.
const ReadoptPath = "/device/v1/readopt"

// Readopt asks a central that was restored from a backup to know this kiosk again: it
// was enrolled after that backup. It comes as what UploadReadopt signs with the record
// key; Cert is the certificate in force, which vouches for that key and for SealKey.
// The rest is what the kiosk says of itself.
type Readopt struct {
	Cert     []byte `json:"cert"`     // DER
	SealKey  []byte `json:"seal_key"` // X25519 public
	Name     string `json:"name"`
	Zone     string `json:"zone"` // IANA
	Serial   string `json:"serial,omitempty"`
	Software string `json:"software"`
}

// ReadoptReply says that central knows the kiosk; Back: only since now.
type ReadoptReply struct {
	Gen  uint64 `json:"gen"`
	Back bool   `json:"back"`
}
