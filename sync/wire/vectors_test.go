package wire_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/sync/wire"
)

// The files are frozen. These sums say so to whoever edits one: a changed byte
// is another protocol, and belongs into another folder.
const (
	messagesSum = "bf6bfb0766db146a507a5ef7ee40a9f9f76c96d0e200646c38ef595ec99fcdf3"
	keysetSum   = "6afc85ebf6d4b000002dae1baae373862f208e2a7e5db54ee2b06424f23a595a"
	enrolSum    = "f9d371edef84d4d00c426a910f76a0942a18e7a583a47afaedc0ed7a49d21d99"
)

type messageVector struct {
	Name    string `json:"name"`
	Topic   string `json:"topic"`
	Type    string `json:"type"`
	ID      string `json:"id"`
	Re      string `json:"re"`
	Body    []byte `json:"body_base64"`
	Signed  string `json:"signed_sha256_hex"`
	Sig     string `json:"sig_hex"`
	Plain   []byte `json:"plain_base64"`
	Payload []byte `json:"payload_base64"`
	QoS     byte   `json:"qos"`
}

func (v messageVector) message() wire.Message {
	return wire.Message{Topic: v.Topic, Payload: v.Payload, QoS: v.QoS}
}

type messageFile struct {
	KioskSeed   string          `json:"kiosk_seed_hex"`
	KioskKid    string          `json:"kiosk_kid"`
	CentralSeed string          `json:"central_seed_hex"`
	CentralKid  string          `json:"central_kid"`
	Messages    []messageVector `json:"messages"`
}

// sender gives the key and its short name that message v is signed with.
func (f messageFile) sender(t testing.TB, v messageVector) (ed25519.PrivateKey, string) {
	t.Helper()
	topic, err := wire.ParseTopic(v.Topic)
	if err != nil {
		t.Fatal(err)
	}
	if topic.Channel == wire.UpRecords || topic.Channel == wire.UpReq {
		return ed25519.NewKeyFromSeed(unhex(t, f.KioskSeed)), f.KioskKid
	}
	return ed25519.NewKeyFromSeed(unhex(t, f.CentralSeed)), f.CentralKid
}

func frozen(t testing.TB, name, sum string, v any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/v1/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != sum {
		t.Fatalf("testdata/v1/%s was changed: its sum is %s", name, got)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatal(err)
	}
}

func messages(t testing.TB) messageFile {
	t.Helper()
	var f messageFile
	frozen(t, "messages.json", messagesSum, &f)
	return f
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// be writes v big-endian in n bytes, by hand.
func be(v uint64, n int) []byte {
	out := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		out[i], v = byte(v), v>>8
	}
	return out
}

// lp is a two-byte length and the bytes.
func lp(s string) []byte { return append(be(uint64(len(s)), 2), s...) }

func unzip(t testing.TB, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The frozen file is recomputed from the formulas alone, without the package.
func TestMessageVectorsFollowTheFormulas(t *testing.T) {
	t.Parallel()
	f := messages(t)
	for _, v := range f.Messages {
		key, kid := f.sender(t, v)
		sum := sha256.Sum256(key.Public().(ed25519.PublicKey))
		if got := hex.EncodeToString(sum[:8]); got != kid {
			t.Errorf("%s: kid %s, frozen %s", v.Name, got, kid)
		}
		signed := bytes.Join([][]byte{
			[]byte("timepost/msg/v1\x00"), lp(v.Topic), lp(v.Type), lp(v.ID), lp(v.Re), lp(kid),
			be(uint64(len(v.Body)), 4), v.Body,
		}, nil)
		if got := fmt.Sprintf("%x", sha256.Sum256(signed)); got != v.Signed {
			t.Errorf("%s: signed bytes %s, frozen %s", v.Name, got, v.Signed)
		}
		sig := ed25519.Sign(key, signed)
		if hex.EncodeToString(sig) != v.Sig {
			t.Errorf("%s: signature %x, frozen %s", v.Name, sig, v.Sig)
		}
		re := ""
		if v.Re != "" {
			re = fmt.Sprintf(`,"re":%q`, v.Re)
		}
		plain := fmt.Sprintf(`{"v":1,"type":%q,"id":%q%s,"kid":%q,"body":%q,"sig":%q}`, v.Type, v.ID, re, kid,
			base64.StdEncoding.EncodeToString(v.Body), base64.StdEncoding.EncodeToString(sig))
		if plain != string(v.Plain) {
			t.Errorf("%s: plain\n got %s\nwant %s", v.Name, plain, v.Plain)
		}
		payload := v.Payload
		if len(v.Plain) > 1024 {
			payload = unzip(t, payload)
		}
		if !bytes.Equal(payload, v.Plain) {
			t.Errorf("%s: the payload is not plain", v.Name)
		}
	}
}

// The package opens every frozen message, and reads and writes the same body.
func TestMessageVectorsOpen(t *testing.T) {
	t.Parallel()
	f := messages(t)
	values := bodies(t, f)
	if len(values) != len(f.Messages) {
		t.Fatalf("%d values for %d vectors", len(values), len(f.Messages))
	}
	for i, v := range f.Messages {
		key, kid := f.sender(t, v)
		topic, e, err := wire.Open(v.message(), func(_ wire.Topic, got string) (ed25519.PublicKey, error) {
			if got != kid {
				t.Errorf("%s: kid %s, want %s", v.Name, got, kid)
			}
			return key.Public().(ed25519.PublicKey), nil
		})
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		want := wire.Envelope{V: 1, Type: wire.Type(v.Type), ID: v.ID, Re: v.Re, Kid: kid, Body: v.Body, Sig: unhex(t, v.Sig)}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", v.Name, diff)
		}
		if topic.String() != v.Topic || topic.QoS() != v.QoS {
			t.Errorf("%s: topic %v QoS %d", v.Name, topic, topic.QoS())
		}
		back := values[i].empty()
		if err := e.Decode(back); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if diff := cmp.Diff(values[i].value, values[i].deref(back)); diff != "" {
			t.Errorf("%s: body (-want +got)\n%s", v.Name, diff)
		}
	}
}

// The package makes the same bytes: exactly where nothing is compressed, and
// the same bytes inside where it is (gzip's output is not frozen, its content is).
func TestMessageVectorsAreWhatThePackageWrites(t *testing.T) {
	t.Parallel()
	f := messages(t)
	for i, value := range bodies(t, f) {
		v := f.Messages[i]
		key, _ := f.sender(t, v)
		topic, err := wire.ParseTopic(v.Topic)
		if err != nil {
			t.Fatal(err)
		}
		m, err := wire.NewSigner(key).Seal(topic, wire.Type(v.Type), v.ID, v.Re, value.value)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if len(v.Plain) > 1024 {
			m.Payload, v.Payload = unzip(t, m.Payload), v.Plain
		}
		if diff := cmp.Diff(v.message(), m); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", v.Name, diff)
		}
	}
}

func TestKeysetVector(t *testing.T) {
	t.Parallel()
	var f struct {
		Org    string `json:"org"`
		X      string `json:"ca_x_hex"`
		Y      string `json:"ca_y_hex"`
		Digest string `json:"digest_hex"`
		Keyset []byte `json:"keyset_base64"`
	}
	frozen(t, "keyset.json", keysetSum, &f)
	point := bytes.Join([][]byte{{4}, unhex(t, f.X), unhex(t, f.Y)}, nil)
	ca, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	var k wire.Keyset
	if err := json.Unmarshal(f.Keyset, &k); err != nil {
		t.Fatal(err)
	}
	b := bytes.Join([][]byte{[]byte("timepost/keyset/v1\x00"), lp(f.Org), be(k.Version, 8), be(uint64(len(k.Keys)), 4)}, nil)
	for _, key := range k.Keys {
		b = bytes.Join([][]byte{b, lp(key.Kid), lp(string(key.Public)), be(uint64(key.Until), 8)}, nil)
	}
	sum := sha256.Sum256(b)
	if hex.EncodeToString(sum[:]) != f.Digest {
		t.Errorf("digest %x, frozen %s", sum, f.Digest)
	}
	if !ecdsa.VerifyASN1(ca, sum[:], k.Sig) {
		t.Error("the frozen signature does not hold over the formula")
	}
	if err := k.Verify(ca, f.Org); err != nil {
		t.Error(err)
	}
	if again, err := json.Marshal(k); err != nil || !bytes.Equal(again, f.Keyset) {
		t.Errorf("keyset JSON (%v)\n got %s\nwant %s", err, again, f.Keyset)
	}
}

func TestEnrolVector(t *testing.T) {
	t.Parallel()
	var f struct {
		Seed     string `json:"seed_hex"`
		Unsigned []byte `json:"unsigned_base64"`
		Sig      string `json:"sig_hex"`
	}
	frozen(t, "enrol.json", enrolSum, &f)
	key := ed25519.NewKeyFromSeed(unhex(t, f.Seed))
	if got := ed25519.Sign(key, append([]byte("timepost/enrol/v1\x00"), f.Unsigned...)); hex.EncodeToString(got) != f.Sig {
		t.Errorf("signature %x, frozen %s", got, f.Sig)
	}
	var r wire.EnrolRequest
	if err := json.Unmarshal(f.Unsigned, &r); err != nil {
		t.Fatal(err)
	}
	signed, err := r.Sign(key)
	if err != nil || hex.EncodeToString(signed.Sig) != f.Sig {
		t.Errorf("Sign gives %x (%v), frozen %s", signed.Sig, err, f.Sig)
	}
	if err := signed.Verify(); err != nil {
		t.Error(err)
	}
}
