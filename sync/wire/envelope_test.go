package wire_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func pub(seed byte) ed25519.PublicKey { return key(seed).Public().(ed25519.PublicKey) }

// by answers with one key whatever is asked.
func by(seed byte) func(wire.Topic, string) (ed25519.PublicKey, error) {
	return func(wire.Topic, string) (ed25519.PublicKey, error) { return pub(seed), nil }
}

func upReq() wire.Topic { return wire.Topic{Org: "acme", Kiosk: "front", Channel: wire.UpReq} }

func seal(t testing.TB, topic wire.Topic, body any) wire.Message {
	t.Helper()
	m, err := wire.NewSigner(key(1)).Seal(topic, wire.TypePull, "7-1", "c-1", body)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// A message holds only as it was signed: on its topic, with its type and ids.
func TestOpenRefusesWhatWasNotSigned(t *testing.T) {
	t.Parallel()
	good := seal(t, upReq(), wire.Pull{Version: 3})
	if _, e, err := wire.Open(good, by(1)); err != nil || e.Type != wire.TypePull {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, _, err := wire.Open(good, by(2)); !problem.Is(err, problem.Untrusted) {
		t.Errorf("another key: %v", err)
	}
	for _, topic := range []wire.Topic{
		{Org: "acmf", Kiosk: "front", Channel: wire.UpReq},
		{Org: "acme", Kiosk: "back", Channel: wire.UpReq},
		{Org: "acme", Kiosk: "front", Channel: wire.DownRes},
		{Org: "acme", Kiosk: "front", Channel: wire.UpRecords},
	} {
		m := good
		m.Topic = topic.String()
		if _, _, err := wire.Open(m, by(1)); !problem.Is(err, problem.Untrusted) {
			t.Errorf("on %s: %v", m.Topic, err)
		}
	}
	for name, change := range map[string]func(*wire.Envelope){
		"type": func(e *wire.Envelope) { e.Type = wire.TypeHello }, "id": func(e *wire.Envelope) { e.ID = "7-2" },
		"re": func(e *wire.Envelope) { e.Re = "" }, "kid": func(e *wire.Envelope) { e.Kid += "0" },
		"body": func(e *wire.Envelope) { e.Body[0] ^= 1 }, "longer body": func(e *wire.Envelope) { e.Body = append(e.Body, ' ') },
		"no body": func(e *wire.Envelope) { e.Body = nil }, "sig": func(e *wire.Envelope) { e.Sig[0] ^= 1 },
		"no sig": func(e *wire.Envelope) { e.Sig = nil }, "short sig": func(e *wire.Envelope) { e.Sig = e.Sig[:63] },
		"moved boundary": func(e *wire.Envelope) { e.ID, e.Re = "7-1c", "-1" },
	} {
		_, e, err := wire.Peek(good)
		if err != nil {
			t.Fatal(err)
		}
		change(&e)
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, opened, err := wire.Open(wire.Message{Topic: good.Topic, Payload: raw}, by(1)); !problem.Is(err, problem.Untrusted) || opened.Type != "" {
			t.Errorf("another %s: %+v, %v", name, opened, err)
		}
	}
}

func TestOpenAsksForTheKey(t *testing.T) {
	t.Parallel()
	m, own := seal(t, upReq(), wire.Pull{}), errors.New("no such kiosk")
	_, _, err := wire.Open(m, func(topic wire.Topic, kid string) (ed25519.PublicKey, error) {
		if topic != upReq() || kid != wire.KeyID(pub(1)) {
			t.Errorf("asked for %v, %s", topic, kid)
		}
		return nil, own
	})
	if !errors.Is(err, own) {
		t.Errorf("keyOf's error became %v", err)
	}
	for _, k := range []ed25519.PublicKey{nil, {}, pub(1)[:31], append(pub(1), 0)} {
		_, _, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) { return k, nil })
		if !problem.Is(err, problem.Untrusted) {
			t.Errorf("a key of %d bytes: %v", len(k), err)
		}
	}
}

func TestPeekRefuses(t *testing.T) {
	t.Parallel()
	const head = `{"v":1,"type":"pull","id":"1","kid":"k","body":"","sig":""`
	long := strings.Repeat("x", 65)
	for name, payload := range map[string]string{
		"nothing": "", "no JSON": "hello", "null": "null", "array": "[]", "half": head, "trailing": head + "}x",
		"version": strings.Replace(head, `"v":1`, `"v":2`, 1) + "}", "no version": strings.Replace(head, `"v":1`, `"w":1`, 1) + "}",
		"no type": strings.Replace(head, "pull", "", 1) + "}", "long type": strings.Replace(head, "pull", long, 1) + "}",
		"long id": strings.Replace(head, `"id":"1"`, `"id":"`+long+`"`, 1) + "}", "long kid": strings.Replace(head, `"kid":"k"`, `"kid":"`+long+`"`, 1) + "}",
		"long re": head + `,"re":"` + long + `"}`, "body is no base64": strings.Replace(head, `"body":""`, `"body":"%"`, 1) + "}",
		"only the gzip magic": "\x1f\x8b", "half a gzip": string(zip(t, []byte(head+"}"))[:20]), "gzip and more": string(zip(t, []byte(head+"}"))) + "x",
		"gzip in gzip": string(zip(t, zip(t, []byte(head+"}")))), "too large": strings.Repeat(" ", wire.MaxPayload) + head + "}",
	} {
		if _, _, err := wire.Peek(wire.Message{Topic: upReq().String(), Payload: []byte(payload)}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, payload := range map[string]string{
		"plain": head + "}", "unknown field": head + `,"new":[1]}`, "gzip": string(zip(t, []byte(head+"}"))), "unknown type": strings.Replace(head, "pull", "dance", 1) + "}",
	} {
		if _, _, err := wire.Peek(wire.Message{Topic: upReq().String(), Payload: []byte(payload)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A small payload that would unpack to more than a mebibyte is not unpacked: a
// bomb that is broken far behind that is refused for its size, because nobody
// reads so far.
func TestGzipBomb(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size int
		ok   bool
	}{{wire.MaxMessage, true}, {wire.MaxMessage + 1, false}, {32 << 20, false}} {
		envelope := []byte(`{"v":1,"type":"pull","id":"1","kid":"k","body":"","sig":""}`)
		bomb := zip(t, append(envelope, bytes.Repeat([]byte(" "), c.size-len(envelope))...))
		if len(bomb) > wire.MaxPayload {
			t.Fatalf("the bomb has %d bytes", len(bomb))
		}
		_, _, err := wire.Peek(wire.Message{Topic: upReq().String(), Payload: bomb})
		if (err == nil) != c.ok || err != nil && !wire.IsTooLarge(err) {
			t.Errorf("%d bytes: %v", c.size, err)
		}
	}
	broken := zip(t, bytes.Repeat([]byte(" "), 32<<20))
	_, _, err := wire.Peek(wire.Message{Topic: upReq().String(), Payload: broken[:len(broken)-100]})
	if !wire.IsTooLarge(err) {
		t.Errorf("a broken bomb was unpacked: %v", err)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	s, long := wire.NewSigner(key(1)), strings.Repeat("x", 65)
	for name, c := range map[string]struct {
		topic       wire.Topic
		typ, id, re string
		body        any
	}{
		"no topic": {wire.Topic{}, "pull", "1", "", 1}, "wildcard": {wire.Topic{Org: "acme", Kiosk: "+", Channel: wire.UpReq}, "pull", "1", "", 1},
		"another channel": {wire.Topic{Org: "acme", Kiosk: "front", Channel: "up/wealth"}, "pull", "1", "", 1},
		"no type":         {upReq(), "", "1", "", 1}, "long type": {upReq(), long, "1", "", 1}, "long id": {upReq(), "pull", long, "", 1}, "long re": {upReq(), "pull", "1", long, 1},
		"a body that is no JSON": {upReq(), "pull", "1", "", func() {}},
	} {
		if m, err := s.Seal(c.topic, wire.Type(c.typ), c.id, c.re, c.body); err == nil || m.Payload != nil || wire.IsTooLarge(err) {
			t.Errorf("%s was sealed: %v", name, err)
		}
	}
}

// noise gives n bytes that gzip can't shrink.
func noise(n int) []byte {
	out, block := []byte(nil), pub(9)
	for len(out) < n {
		block = ed25519.NewKeyFromSeed(block).Public().(ed25519.PublicKey)
		out = append(out, block...)
	}
	return out[:n]
}

func TestSealLimits(t *testing.T) {
	t.Parallel()
	s := wire.NewSigner(key(1))
	for name, c := range map[string]struct {
		body     any
		tooLarge bool
	}{
		"noise that fits": {noise(35 << 10), false}, "noise that does not": {noise(66 << 10), true},
		"zeros that fit": {make([]byte, 500<<10), false}, "zeros above a mebibyte": {make([]byte, 800<<10), true},
	} {
		m, err := s.Seal(upReq(), "pull", "1", "", c.body)
		if wire.IsTooLarge(err) != c.tooLarge || (err != nil) != c.tooLarge {
			t.Errorf("%s: %d bytes, %v", name, len(m.Payload), err)
		}
		if err != nil {
			continue
		}
		if _, _, err := wire.Open(m, by(1)); err != nil || len(m.Payload) > wire.MaxPayload {
			t.Errorf("%s: %d bytes do not open: %v", name, len(m.Payload), err)
		}
	}
	for body, zipped := range map[int]bool{10: false, 2000: true} {
		m := seal(t, upReq(), wire.Pull{Hash: strings.Repeat("0", body)})
		if (m.Payload[0] == 0x1f) != zipped {
			t.Errorf("a body of %d: gzip %v", body, !zipped)
		}
	}
	if wire.IsTooLarge(nil) || wire.IsTooLarge(problem.New(problem.Invalid, "", "")) || !wire.IsTooLarge(fmt.Errorf("send: %w", wire.TooLarge())) {
		t.Error("IsTooLarge")
	}
}

func TestDecodeBody(t *testing.T) {
	t.Parallel()
	var p wire.Pull
	if err := (wire.Envelope{Type: "pull", Body: []byte(`{"version":5,"later":true}`)}).Decode(&p); err != nil || p.Version != 5 {
		t.Errorf("%+v, %v", p, err)
	}
	for _, body := range []string{"", "{", `{"version":-1}`, `{"version":"5"}`, `[]`} {
		if err := (wire.Envelope{Type: "pull", Body: []byte(body)}).Decode(&p); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// Names travel as they are, through rows and pages too.
func TestRowsAreNotRewritten(t *testing.T) {
	t.Parallel()
	p := page(t)
	m, err := wire.NewSigner(key(1)).Seal(wire.Topic{Org: "acme", Kiosk: "front", Channel: wire.DownPush}, wire.TypePage, "1", "", p)
	if err != nil {
		t.Fatal(err)
	}
	_, e, err := wire.Open(m, by(1))
	if err != nil {
		t.Fatal(err)
	}
	var back wire.Page
	if err := e.Decode(&back); err != nil {
		t.Fatal(err)
	}
	for i := range p.Rows {
		if !bytes.Equal(p.Rows[i].Put, back.Rows[i].Put) || bytes.Contains(back.Rows[i].Put, []byte(`\u003c`)) {
			t.Errorf("row %d\n sent %s\n got  %s", i, p.Rows[i].Put, back.Rows[i].Put)
		}
	}
}

func FuzzPeek(f *testing.F) {
	for _, v := range messages(f).Messages {
		f.Add(v.Topic, v.Payload)
	}
	f.Add(upReq().String(), []byte("\x1f\x8b\x08"))
	f.Add(upReq().String(), zip(f, bytes.Repeat([]byte(" "), 2<<20)))
	f.Add(upReq().String(), []byte(`{"v":1,"type":"x","sig":"AA==","body":"AAAA"}`))
	f.Add("timepost/v1/a/b/up/req/x", []byte("{}"))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		m := wire.Message{Topic: topic, Payload: payload}
		parsed, e, err := wire.Peek(m)
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Fatal(err)
		}
		if err == nil && (parsed.String() != topic || len(e.Body) > wire.MaxMessage || e.Type == "") {
			t.Fatalf("%v %+v", parsed, e)
		}
		// A key that the fuzzer can't sign with: nothing may ever open.
		if _, _, err := wire.Open(m, by(77)); err == nil {
			t.Fatalf("a forgery opens: %s %q", topic, payload)
		}
	})
}
