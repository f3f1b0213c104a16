package wire_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

func authority(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func keyset() wire.Keyset {
	return wire.Keyset{Version: 3, Keys: []wire.Key{
		{Kid: wire.KeyID(pub(1)), Public: pub(1), Until: 100}, {Kid: wire.KeyID(pub(2)), Public: pub(2), Until: 200},
	}}
}

func TestKeysetIsBoundToEveryField(t *testing.T) {
	t.Parallel()
	ca := authority(t)
	signed, err := wire.SignKeyset(ca, "acme", keyset())
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(&ca.PublicKey, "acme"); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]error{
		"another organisation": signed.Verify(&ca.PublicKey, "acmf"), "another authority": signed.Verify(&authority(t).PublicKey, "acme"),
		"no authority": signed.Verify(nil, "acme"),
	} {
		if !problem.Is(bad, problem.Untrusted) {
			t.Errorf("%s: %v", name, bad)
		}
	}
	for name, change := range map[string]func(*wire.Keyset){
		"version": func(k *wire.Keyset) { k.Version++ }, "kid": func(k *wire.Keyset) { k.Keys[0].Kid = "x" },
		"public": func(k *wire.Keyset) { k.Keys[0].Public = pub(3) }, "until": func(k *wire.Keyset) { k.Keys[1].Until++ },
		"fewer": func(k *wire.Keyset) { k.Keys = k.Keys[:1] }, "none": func(k *wire.Keyset) { k.Keys = nil },
		"more":     func(k *wire.Keyset) { k.Keys = append(k.Keys, wire.Key{Kid: "k", Public: pub(3)}) },
		"order":    func(k *wire.Keyset) { k.Keys[0], k.Keys[1] = k.Keys[1], k.Keys[0] },
		"sig":      func(k *wire.Keyset) { k.Sig = append([]byte(nil), k.Sig[:len(k.Sig)-1]...) },
		"no sig":   func(k *wire.Keyset) { k.Sig = nil },
		"long kid": func(k *wire.Keyset) { k.Keys[0].Kid = strings.Repeat("x", 1<<16) + k.Keys[0].Kid },
	} {
		bad := signed
		bad.Keys = append([]wire.Key(nil), signed.Keys...)
		change(&bad)
		if err := bad.Verify(&ca.PublicKey, "acme"); !problem.Is(err, problem.Untrusted) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestKeysetPublic(t *testing.T) {
	t.Parallel()
	k := keyset()
	k.Keys = append(k.Keys, wire.Key{Kid: "short", Public: pub(1)[:31]})
	if got, err := k.Public(wire.KeyID(pub(2))); err != nil || !got.Equal(pub(2)) {
		t.Errorf("%x, %v", got, err)
	}
	for _, kid := range []string{"", "x", "short", wire.KeyID(pub(3))} {
		if got, err := k.Public(kid); !problem.Is(err, problem.Untrusted) || got != nil {
			t.Errorf("%q: %x, %v", kid, got, err)
		}
	}
}

func TestEnrolSignature(t *testing.T) {
	t.Parallel()
	r, err := wire.EnrolRequest{Code: "ABCDE-FGHJK", CSR: []byte("csr"), SealKey: make([]byte, 32), Serial: "s", Software: "v"}.Sign(key(1))
	if err != nil || !ed25519.PublicKey(r.RecordKey).Equal(pub(1)) {
		t.Fatalf("%x, %v", r.RecordKey, err)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back wire.EnrolRequest
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if err := back.Verify(); err != nil {
		t.Errorf("after the wire: %v", err)
	}
	for name, change := range map[string]func(*wire.EnrolRequest){
		"code": func(r *wire.EnrolRequest) { r.Code = "ABCDE-FGHJM" }, "csr": func(r *wire.EnrolRequest) { r.CSR = []byte("cst") },
		"record key": func(r *wire.EnrolRequest) { r.RecordKey = pub(2) }, "no record key": func(r *wire.EnrolRequest) { r.RecordKey = nil },
		"seal key": func(r *wire.EnrolRequest) { r.SealKey = pub(2) }, "serial": func(r *wire.EnrolRequest) { r.Serial = "" },
		"software": func(r *wire.EnrolRequest) { r.Software = "w" }, "no sig": func(r *wire.EnrolRequest) { r.Sig = nil },
	} {
		bad := r
		change(&bad)
		if err := bad.Verify(); !problem.Is(err, problem.Untrusted) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func FuzzKeyset(f *testing.F) {
	ca := authority(f)
	signed, err := wire.SignKeyset(ca, "acme", keyset())
	if err != nil {
		f.Fatal(err)
	}
	raw, err := json.Marshal(signed)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{string(raw), "{}", `{"version":1,"keys":null,"sig":"MAA="}`, `{"keys":[{"kid":"k","public":"AA=="}]}`} {
		f.Add([]byte(s))
	}
	// Every process of a fuzz run draws its own authority, so that the seed above
	// is good only where it was made; nothing else may ever verify.
	f.Fuzz(func(t *testing.T, b []byte) {
		var k wire.Keyset
		if err := json.Unmarshal(b, &k); err != nil {
			return
		}
		if err := k.Verify(&ca.PublicKey, "acme"); err != nil {
			return
		}
		again, err := json.Marshal(wire.Keyset{Version: k.Version, Keys: k.Keys})
		if want, _ := json.Marshal(keyset()); err != nil || string(again) != string(want) {
			t.Fatalf("a forged keyset verifies: %s", again)
		}
	})
}
