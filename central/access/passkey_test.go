package access_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

const host = "time.acme.example"

// device is a passkey's bearer, as WebAuthn describes it.
type device struct {
	key    *ecdsa.PrivateKey
	id     []byte
	user   string // base64
	count  uint32
	origin string
	flags  byte // user present, user verified
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{key: key, id: []byte(rand.Text()), origin: "https://" + host, flags: 0x05}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	} `json:"publicKey"`
}

func (d *device) client(kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin})
	if err != nil {
		panic(err)
	}
	return text
}

func (d *device) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(host))
	d.count++
	return binary.BigEndian.AppendUint32(append(rp[:], flags), d.count)
}

// create answers the options of a registration: attestation none, in CBOR by hand.
func (d *device) create(t *testing.T, options []byte) []byte {
	t.Helper()
	var a asked
	if err := json.Unmarshal(options, &a); err != nil {
		t.Fatal(err)
	}
	d.user = a.PublicKey.User.ID
	data := d.data(d.flags | 0x40)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id)))
	data = append(data, d.id...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32) // EC2, ES256, P-256, x
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	data = append(append(append(data, point[1:33]...), 0x22, 0x58, 32), point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return d.answer(t, map[string]string{"clientDataJSON": b64(d.client("webauthn.create", a.PublicKey.Challenge)), "attestationObject": b64(append(object, data...))})
}

// get answers the options of a login.
func (d *device) get(t *testing.T, options []byte) []byte {
	t.Helper()
	var a asked
	if err := json.Unmarshal(options, &a); err != nil {
		t.Fatal(err)
	}
	client, data := d.client("webauthn.get", a.PublicKey.Challenge), d.data(d.flags)
	sum := sha256.Sum256(client)
	hash := sha256.Sum256(append(bytes.Clone(data), sum[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(t, map[string]string{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(sig), "userHandle": d.user})
}

func (d *device) answer(t *testing.T, response map[string]string) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) ask(t *testing.T, p access.Purpose, secret string) (string, []byte) {
	t.Helper()
	id, options, err := w.BeginPasskey(t.Context(), p, secret, host, home)
	if err != nil {
		t.Fatal(err)
	}
	return id, options
}

// withPasskey is a device that holds a passkey of the owner.
func (w *world) withPasskey(t *testing.T) *device {
	t.Helper()
	d, secret := newDevice(t), w.login(t)
	id, options := w.ask(t, access.MakePasskey, secret)
	if err := w.AddPasskey(t.Context(), secret, id, "key", d.create(t, options)); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPasskeyOpens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.withPasskey(t)
	id, options := w.ask(t, access.LoginPasskey, "")
	secret, who, err := w.LoginByPasskey(t.Context(), id, d.get(t, options), access.Visit{Address: home})
	if err != nil || who.Email != email || !access.Fresh(who, w.clock()) {
		t.Fatalf("%+v %v", who, err)
	}
	w.pass(access.FreshFor + time.Second)
	if who, err := w.Session(t.Context(), secret); err != nil || access.Fresh(who, w.clock()) {
		t.Fatalf("%+v %v", who, err)
	}
	if _, _, err := w.BeginPasskey(t.Context(), access.MakePasskey, secret, host, home); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a passkey for a session that is not fresh: %v", err)
	}
	id, options = w.ask(t, access.ConfirmPasskey, secret)
	if err := w.ReproveByPasskey(t.Context(), secret, id, d.get(t, options), home); err != nil {
		t.Fatal(err)
	}
	if who, err := w.Session(t.Context(), secret); err != nil || !access.Fresh(who, w.clock()) {
		t.Fatalf("not fresh: %+v %v", who, err)
	}
	o, err := w.Own(t.Context(), who, secret)
	if err != nil || len(o.Passkeys) != 1 || o.Passkeys[0].Name != "key" || o.Passkeys[0].Used.IsZero() {
		t.Fatalf("%+v %v", o, err)
	}
	if who, err = w.Session(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if err := w.RemovePasskey(t.Context(), who, o.Passkeys[0].ID); err != nil {
		t.Fatal(err)
	}
	id, options = w.ask(t, access.LoginPasskey, "")
	if _, _, err := w.LoginByPasskey(t.Context(), id, d.get(t, options), access.Visit{Address: home}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a removed passkey opens: %v", err)
	}
}

// What a thief of an answer, of a key's copy or of the wrong page may try.
func TestPasskeyAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.withPasskey(t)
	try := func(id string, answer []byte) error {
		_, _, err := w.LoginByPasskey(t.Context(), id, answer, access.Visit{Address: home})
		return err
	}
	begin := func() (string, []byte) { return w.ask(t, access.LoginPasskey, "") }

	id, options := begin()
	answer := d.get(t, options)
	if err := try(id, answer); err != nil {
		t.Fatal(err)
	}
	if err := try(id, answer); !problem.Is(err, problem.Expired) {
		t.Errorf("an answer is taken twice: %v", err)
	}
	id, _ = begin()
	if err := try(id, answer); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("an answer to another challenge: %v", err)
	}
	id, options = begin()
	w.pass(5 * time.Minute)
	if err := try(id, d.get(t, options)); !problem.Is(err, problem.Expired) {
		t.Errorf("an answer after five minutes: %v", err)
	}
	for name, change := range map[string]func(*device){
		"another origin":     func(d *device) { d.origin = "https://time.acme.example.evil.example" },
		"without HTTPS":      func(d *device) { d.origin = "http://" + host },
		"nobody there":       func(d *device) { d.flags = 0x04 },
		"nobody verified":    func(d *device) { d.flags = 0x01 },
		"another key":        func(d *device) { d.key = newDevice(t).key },
		"another account":    func(d *device) { d.user = b64([]byte("somebody else")) },
		"an unknown passkey": func(d *device) { d.id = []byte("unknown") },
	} {
		other := *d
		change(&other)
		id, options := begin()
		if err := try(id, other.get(t, options)); !problem.Is(err, problem.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	copied := *d
	id, options = begin()
	if err := try(id, d.get(t, options)); err != nil {
		t.Fatal(err)
	}
	id, options = begin()
	if err := try(id, copied.get(t, options)); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a copy with an older counter: %v", err)
	}
	if got := w.actions(t); !strings.Contains(got, "passkey.copied") {
		t.Errorf("nobody hears of the copy: %s", got)
	}
	for _, bad := range []string{"", "{}", "null", `{"id":"x"}`, strings.Repeat("[", 5000)} {
		id, _ := begin()
		if err := try(id, []byte(bad)); !problem.Is(err, problem.Unauthenticated) && !problem.Is(err, problem.Limited) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// A ceremony is for one session and one purpose.
func TestPasskeyCeremonyIsBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, mine, other := w.withPasskey(t), w.login(t), w.login(t)
	id, options := w.ask(t, access.ConfirmPasskey, mine)
	if err := w.ReproveByPasskey(t.Context(), other, id, d.get(t, options), home); !problem.Is(err, problem.Expired) {
		t.Errorf("another session's ceremony: %v", err)
	}
	id, options = w.ask(t, access.LoginPasskey, "")
	if err := w.ReproveByPasskey(t.Context(), mine, id, d.get(t, options), home); !problem.Is(err, problem.Expired) {
		t.Errorf("a login's ceremony: %v", err)
	}
	id, options = w.ask(t, access.ConfirmPasskey, mine)
	if _, _, err := w.LoginByPasskey(t.Context(), id, d.get(t, options), access.Visit{Address: home}); !problem.Is(err, problem.Expired) {
		t.Errorf("a confirmation's ceremony: %v", err)
	}
	id, options = w.ask(t, access.MakePasskey, mine)
	if err := w.ReproveByPasskey(t.Context(), mine, id, d.get(t, options), home); !problem.Is(err, problem.Expired) {
		t.Errorf("the ceremony of a new passkey: %v", err)
	}
	if err := w.CreateLogin(t.Context(), "test", "bo@acme.example", attendance.Regular, password); err != nil {
		t.Fatal(err)
	}
	bo, _, err := w.Login(t.Context(), "bo@acme.example", password, access.Visit{Address: home})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.BeginPasskey(t.Context(), access.ConfirmPasskey, bo, host, home); !problem.Is(err, problem.NotFound) {
		t.Errorf("somebody without passkeys: %v", err)
	}
	for _, h := range []string{"192.0.2.1", "192.0.2.1:8443", "[2001:db8::1]:8443", ""} {
		if _, _, err := w.BeginPasskey(t.Context(), access.LoginPasskey, "", h, home); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", h, err)
		}
	}
}

// Wrong passkeys from one address are slowed as wrong passwords are, and whoever
// begins many ceremonies shuts nobody else out.
func TestPasskeyLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.withPasskey(t)
	limited := 0
	for range 32 {
		id, _ := w.ask(t, access.LoginPasskey, "")
		_, _, err := w.LoginByPasskey(t.Context(), id, []byte("{}"), access.Visit{Address: "192.0.2.66"})
		if problem.Is(err, problem.Limited) {
			limited++
		}
	}
	if limited != 2 {
		t.Errorf("%d of 32 were refused", limited)
	}
	id, options := w.ask(t, access.LoginPasskey, "")
	w.pass(time.Second) // theirs is the oldest
	for range 10_100 {  // more than all that are open at a time
		if _, _, err := w.BeginPasskey(t.Context(), access.LoginPasskey, "", host, "192.0.2.66"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.LoginByPasskey(t.Context(), id, d.get(t, options), access.Visit{Address: home}); err != nil {
		t.Errorf("somebody else suffers: %v", err)
	}
}

// actions gives the audit log's actions.
func (w *world) actions(t *testing.T) string {
	t.Helper()
	rows, err := w.db.Audit(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(each(rows, func(r centraldb.AuditRow) string { return r.Action }), " ")
}

func each[T, U any](in []T, f func(T) U) []U {
	out := make([]U, len(in))
	for i, x := range in {
		out[i] = f(x)
	}
	return out
}
