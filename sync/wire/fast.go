package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
)

// A drain spends more time in encoding/json than on signatures, hashes and the
// commit together. So the two large shapes, as Seal writes them, are read by
// hand here. Whatever looks otherwise is left to encoding/json, which decides;
// what is read is verified by the envelope's signature either way.

// standIn is put in the place of the body while the rest of an envelope is read.
const standIn = "c3RhbmRpbg=="

// unmarshalEnvelope is json.Unmarshal without its passes over the body.
func unmarshalEnvelope(raw []byte, e *Envelope) error {
	const mark = `"body":"`
	const worthIt = 1 << 10
	at := bytes.Index(raw, []byte(mark)) // never inside a string: its quotes would be escaped
	if at < 0 {
		return json.Unmarshal(raw, e)
	}
	at += len(mark)
	n := bytes.IndexByte(raw[at:], '"')
	if n < worthIt {
		return json.Unmarshal(raw, e)
	}
	body, ok := decodeBase64(nil, raw[at:at+n])
	rest := make([]byte, 0, len(raw)-n+len(standIn))
	rest = append(append(append(rest, raw[:at]...), standIn...), raw[at+n:]...)
	var fast Envelope
	if !ok || json.Unmarshal(rest, &fast) != nil || base64.StdEncoding.EncodeToString(fast.Body) != standIn {
		return json.Unmarshal(raw, e)
	}
	fast.Body = body
	*e = fast
	return nil
}

// unmarshalRecords reads a batch as Seal writes it; false where it looks otherwise.
func unmarshalRecords(raw []byte, out *Records) bool {
	p := scanner{rest: raw, ok: true, buf: make([]byte, 0, base64.StdEncoding.DecodedLen(len(raw)))}
	var b Records
	p.literal(`{"journal":"`)
	p.hex(b.Journal[:])
	p.literal(`","from":`)
	b.From = p.number()
	p.literal(`,"entries":[`)
	b.Entries = make([]Entry, 0, MaxBatch)
	for p.ok {
		var e Entry
		p.literal(`{"b":"`)
		e.Body = p.bytes()
		p.literal(`,"h":"`)
		p.hex(e.Hash[:])
		p.literal(`","s":"`)
		e.Sig = p.bytes()
		p.literal(`}`)
		b.Entries = append(b.Entries, e)
		if !p.skip(',') {
			break
		}
	}
	p.literal(`]}`)
	if !p.ok || len(p.rest) > 0 {
		return false
	}
	*out = b
	return true
}

// scanner reads exactly the expected bytes; ok is false from the first others on.
type scanner struct {
	rest []byte
	buf  []byte // what bytes decoded, never reallocated
	ok   bool
}

func (p *scanner) literal(s string) {
	p.ok = p.ok && len(p.rest) >= len(s) && string(p.rest[:len(s)]) == s
	if p.ok {
		p.rest = p.rest[len(s):]
	}
}

func (p *scanner) skip(c byte) bool {
	if !p.ok || len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *scanner) hex(dst []byte) {
	n := hex.EncodedLen(len(dst))
	if p.ok = p.ok && len(p.rest) >= n; !p.ok {
		return
	}
	_, err := hex.Decode(dst, p.rest[:n])
	p.ok, p.rest = err == nil, p.rest[n:]
}

// number reads at most 19 digits without a leading zero.
func (p *scanner) number() uint64 {
	var v uint64
	i := 0
	for i < len(p.rest) && i < 19 && p.rest[i] >= '0' && p.rest[i] <= '9' {
		v = 10*v + uint64(p.rest[i]-'0')
		i++
	}
	p.ok = p.ok && i > 0 && p.rest[0] != '0'
	p.rest = p.rest[i:]
	return v
}

// bytes reads base64 up to and with the closing quote.
func (p *scanner) bytes() []byte {
	n := bytes.IndexByte(p.rest, '"')
	if p.ok = p.ok && n >= 0; !p.ok {
		return nil
	}
	from := len(p.buf)
	p.buf, p.ok = decodeBase64(p.buf, p.rest[:n])
	p.rest = p.rest[n+1:]
	return p.buf[from:len(p.buf):len(p.buf)]
}

// decodeBase64 appends what src says to dst. It refuses the line breaks that
// the decoder would overlook and a JSON string can't hold.
func decodeBase64(dst, src []byte) ([]byte, bool) {
	if bytes.IndexByte(src, '\n') >= 0 || bytes.IndexByte(src, '\r') >= 0 {
		return dst, false
	}
	out, err := base64.StdEncoding.AppendDecode(dst, src)
	return out, err == nil
}

// decodeBody is json.Unmarshal, by hand for the one large body.
func decodeBody(raw []byte, v any) error {
	if r, ok := v.(*Records); ok && unmarshalRecords(raw, r) {
		return nil
	}
	return json.Unmarshal(raw, v)
}
