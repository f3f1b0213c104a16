package record_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/record"
)

// The file is frozen. This sum says so to whoever edits it: a changed byte is
// another protocol, and belongs into another folder.
const chainSum = "9ed99dc38f730b387f3a917c9e0f504fa8861ef2b98a56debe881feb5cb4b572"

type chainVector struct {
	Org     string `json:"org"`
	Kiosk   string `json:"kiosk"`
	Journal string `json:"journal_hex"`
	Seed    string `json:"seed_hex"`
	Public  string `json:"public_hex"`
	Genesis string `json:"genesis_hex"`
	Records []struct {
		Name string `json:"name"`
		Seq  uint64 `json:"seq"`
		Body string `json:"body_base64"`
		Hash string `json:"hash_hex"`
		Sig  string `json:"sig_hex"`
	} `json:"records"`
}

func chainFile(t testing.TB) chainVector {
	t.Helper()
	raw, err := os.ReadFile("testdata/v1/chain.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != chainSum {
		t.Fatalf("testdata/v1/chain.json was changed: its sum is %s", got)
	}
	var v chainVector
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
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

func sha(parts ...[]byte) []byte {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return sum[:]
}

// The frozen file is recomputed from the formulas alone, without the package.
func TestVectorsFollowTheFormulas(t *testing.T) {
	t.Parallel()
	v := chainFile(t)
	key := ed25519.NewKeyFromSeed(unhex(t, v.Seed))
	public := key.Public().(ed25519.PublicKey)
	if hex.EncodeToString(public) != v.Public {
		t.Fatalf("public key %x, frozen %s", public, v.Public)
	}
	journal := unhex(t, v.Journal)
	prev := sha([]byte("timepost/journal/v1\x00"), lp(v.Org), lp(v.Kiosk), journal, public)
	if hex.EncodeToString(prev) != v.Genesis {
		t.Fatalf("h_0 %x, frozen %s", prev, v.Genesis)
	}
	for i, r := range v.Records {
		body := unbase64(t, r.Body)
		prev = sha([]byte("timepost/record/v1\x00"), lp(v.Org), lp(v.Kiosk), journal,
			be(uint64(i+1), 8), prev, be(uint64(len(body)), 4), body)
		if hex.EncodeToString(prev) != r.Hash || r.Seq != uint64(i+1) {
			t.Errorf("%s: h_%d %x, frozen h_%d %s", r.Name, i+1, prev, r.Seq, r.Hash)
		}
		if got := hex.EncodeToString(ed25519.Sign(key, prev)); got != r.Sig {
			t.Errorf("%s: signature %s, frozen %s", r.Name, got, r.Sig)
		}
	}
}

// The package makes the same bytes.
func TestVectorsAreWhatThePackageWrites(t *testing.T) {
	t.Parallel()
	v := chainFile(t)
	key := ed25519.NewKeyFromSeed(unhex(t, v.Seed))
	c := record.Chain{Org: v.Org, Kiosk: v.Kiosk, Journal: record.JournalID(unhex(t, v.Journal))}
	prev := c.Genesis(key.Public().(ed25519.PublicKey))
	if prev.String() != v.Genesis {
		t.Fatalf("genesis %s, frozen %s", prev, v.Genesis)
	}
	var run []record.Record
	for _, r := range v.Records {
		got, err := record.Append(c, key, r.Seq, prev, unbase64(t, r.Body))
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		if got.Hash.String() != r.Hash || hex.EncodeToString(got.Sig) != r.Sig {
			t.Errorf("%s: hash %s sig %x, frozen %s %s", r.Name, got.Hash, got.Sig, r.Hash, r.Sig)
		}
		run, prev = append(run, got), got.Hash
	}
	for i, fault := range record.Verify(c, key.Public().(ed25519.PublicKey), c.Genesis(key.Public().(ed25519.PublicKey)), run) {
		if fault != record.Good {
			t.Errorf("record %d: %s", i+1, fault)
		}
	}
}

// bodies are what the first six frozen bodies say.
func bodies(t testing.TB) []record.Body {
	t.Helper()
	stamp := attendance.Stamp{
		Real: 1790000000123456789, Boot: 86400000000001, Mono: 86300000000002, Raw: 86300000000003,
		BootID: "6f1c1f0e-6a0f-4f5e-9d2b-3f6c8b7a9e10", BootSeq: 3, Status: 0x40, Freq: -1245184,
		MaxError: 16000000, Zone: "Europe/Berlin", TZData: "2026a",
	}
	opened := record.Body{V: 1, Type: record.Opened, Stamp: stamp, Reason: "corrupt", PrevSeq: 41}
	for i := range opened.PrevJournal {
		opened.PrevJournal[i] = 0x10 + byte(i)
	}
	for i := range opened.PrevHash {
		opened.PrevHash[i] = 0x40 + byte(i)
	}
	return []record.Body{
		opened,
		{V: 1, Type: record.Boot, Stamp: stamp},
		{V: 1, Type: record.Punched, Stamp: stamp, Person: "p-0001", Action: attendance.In, Auth: attendance.AuthPersonal},
		{
			V: 1, Type: record.Punched, Stamp: stamp, Person: "p-0001", Action: attendance.Switch, Auth: attendance.AuthUniversal,
			Project: "roof <2>", Note: "Zoë <b> & Söhne\u2028\"q\" \\ 田中 \t.",
		},
		{V: 1, Type: record.Lock, Stamp: stamp, Person: "p-0002", Limit: "person", Failures: 5},
		{V: 1, Type: record.RosterApplied, Stamp: stamp, Roster: 1<<64 - 1, Gen: 2},
	}
}

func TestVectorBodies(t *testing.T) {
	t.Parallel()
	v := chainFile(t)
	for i, want := range bodies(t) {
		frozen := unbase64(t, v.Records[i].Body)
		got, err := record.Encode(want)
		if err != nil || !bytes.Equal(got, frozen) {
			t.Errorf("%s: Encode (%v)\n got %s\nwant %s", v.Records[i].Name, err, got, frozen)
		}
		back, err := record.Decode(frozen)
		if err != nil {
			t.Errorf("%s: %v", v.Records[i].Name, err)
		}
		if diff := cmp.Diff(want, back); diff != "" {
			t.Errorf("%s: Decode (-want +got)\n%s", v.Records[i].Name, diff)
		}
	}
	later, err := record.Decode(unbase64(t, v.Records[6].Body))
	if err != nil || later.V != 2 || later.Type != "weather" || later.Stamp.Real != 1 {
		t.Errorf("a later version's body: %+v, %v", later, err)
	}
	if _, err := record.Decode(unbase64(t, v.Records[7].Body)); err == nil {
		t.Error("what is no JSON was decoded")
	}
}
