package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/timepost/timepost/internal/problem"
)

// Limits of a message, in bytes.
const (
	MaxPayload  = 64 << 10 // as the broker carries it, after gzip
	MaxMessage  = 1 << 20  // after decompression
	gzipFrom    = 1 << 10
	maxShort    = 64 // type, id, re, kid
	envelopeVer = 1
)

// Type names a message body.
type Type string

// Envelope is one signed message. Sig covers the topic it was made for.
type Envelope struct {
	V    int    `json:"v"`
	Type Type   `json:"type"`
	ID   string `json:"id"`           // unique per sender and boot
	Re   string `json:"re,omitempty"` // the id this answers
	Kid  string `json:"kid"`          // the signing key, by KeyID
	Body []byte `json:"body"`         // JSON, base64 on the wire so that nothing rewrites it
	Sig  []byte `json:"sig"`
}

// KeyID gives a public key's short name: the first 8 bytes of its SHA-256 in hex.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// Signer makes messages under one key.
type Signer struct {
	key     ed25519.PrivateKey
	kid     string
	writers sync.Pool // of *gzip.Writer: each holds large tables
}

// NewSigner gives a Signer for key.
func NewSigner(key ed25519.PrivateKey) *Signer {
	return &Signer{key: key, kid: KeyID(key.Public().(ed25519.PublicKey))}
}

// Seal encodes body as JSON, signs it for exactly this topic and gives the
// message to publish. It fails with TooLarge when the message is larger than
// MaxPayload: the caller halves and tries again. It never makes what Peek would
// refuse: a topic of another shape, no type, or a type or id above 64 bytes.
func (s *Signer) Seal(topic Topic, typ Type, id, re string, body any) (Message, error) {
	if _, err := ParseTopic(topic.String()); err != nil {
		return Message{}, err
	}
	raw, err := marshal(body)
	if err != nil {
		return Message{}, fmt.Errorf("encode %s: %w", typ, err)
	}
	e := Envelope{V: envelopeVer, Type: typ, ID: id, Re: re, Kid: s.kid, Body: raw}
	if !e.wellFormed() {
		return Message{}, errHeader()
	}
	e.Sig = ed25519.Sign(s.key, e.signed(topic.String()))
	out, err := marshal(e)
	if err != nil {
		return Message{}, fmt.Errorf("encode %s: %w", typ, err)
	}
	if len(out) > MaxMessage {
		return Message{}, TooLarge()
	}
	if len(out) > gzipFrom {
		if out, err = s.squeeze(out); err != nil {
			return Message{}, fmt.Errorf("compress %s: %w", typ, err)
		}
	}
	if len(out) > MaxPayload {
		return Message{}, TooLarge()
	}
	return Message{Topic: topic.String(), Payload: out, QoS: topic.QoS()}, nil
}

// TooLarge is the error of a message that does not fit; its code is Invalid and
// its detail "too_large" is true.
func TooLarge() error {
	return problem.New(problem.Invalid, "This message is too large.", "Send it in parts.").With("too_large", true)
}

// IsTooLarge says whether err is TooLarge.
func IsTooLarge(err error) bool {
	return problem.Is(err, problem.Invalid) && problem.From(err).Detail["too_large"] == true
}

// Open decodes a message and verifies it: keyOf gives the public key for the
// topic and key id, or an error. Nothing in the envelope may be believed before
// Open has returned without one. Errors: problem.Invalid (not a message),
// problem.Untrusted (signature), or keyOf's own.
func Open(m Message, keyOf func(t Topic, kid string) (ed25519.PublicKey, error)) (Topic, Envelope, error) {
	t, e, err := Peek(m)
	if err != nil {
		return Topic{}, Envelope{}, err
	}
	key, err := keyOf(t, e.Kid)
	if err != nil {
		return Topic{}, Envelope{}, err
	}
	if !e.SignedBy(m.Topic, key) {
		return Topic{}, Envelope{}, problem.New(problem.Untrusted, "A message's signature does not hold.", "")
	}
	return t, e, nil
}

// Peek decodes a message without believing it.
func Peek(m Message) (Topic, Envelope, error) {
	var e Envelope
	t, err := ParseTopic(m.Topic)
	if err != nil {
		return t, e, err
	}
	if len(m.Payload) > MaxPayload {
		return t, e, TooLarge()
	}
	raw, err := expand(m.Payload)
	if err != nil {
		return t, e, err
	}
	if err := unmarshalEnvelope(raw, &e); err != nil {
		return t, e, problem.New(problem.Invalid, "This is not a message.", "").Because(err)
	}
	if !e.wellFormed() {
		return t, e, errHeader()
	}
	return t, e, nil
}

// wellFormed also keeps each length within the 16 bits that signed gives it.
func (e Envelope) wellFormed() bool {
	return e.V == envelopeVer && e.Type != "" && len(e.Type) <= maxShort &&
		len(e.ID) <= maxShort && len(e.Re) <= maxShort && len(e.Kid) <= maxShort
}

func errHeader() error {
	return problem.New(problem.Invalid, "This message's header is not of this version.", "")
}

// SignedBy says whether key signed e for topic.
func (e Envelope) SignedBy(topic string, key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && len(e.Sig) == ed25519.SignatureSize &&
		ed25519.Verify(key, e.signed(topic), e.Sig)
}

// Decode reads the body into v.
func (e Envelope) Decode(v any) error {
	if err := decodeBody(e.Body, v); err != nil {
		return problem.New(problem.Invalid, "This "+string(e.Type)+" message can't be read.", "").Because(err)
	}
	return nil
}

// signed gives "timepost/msg/v1\0" + lp(topic) + lp(type) + lp(id) + lp(re) + lp(kid) + be32(len) + body.
func (e Envelope) signed(topic string) []byte {
	b := append(make([]byte, 0, 256+len(e.Body)), "timepost/msg/v1\x00"...)
	for _, s := range []string{topic, string(e.Type), e.ID, e.Re, e.Kid} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Body)))
	return append(b, e.Body...)
}

func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
