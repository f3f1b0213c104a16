package record_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"pgregory.net/rapid"
)

// kioskKey is a fixed record key.
func kioskKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func chain() record.Chain {
	return record.Chain{Org: "acme", Kiosk: "front", Journal: record.JournalID{1, 2, 3}}
}

// run appends n small records.
func run(t testing.TB, c record.Chain, key ed25519.PrivateKey, n int) []record.Record {
	t.Helper()
	prev, out := c.Genesis(public(key)), []record.Record(nil)
	for i := range n {
		body, err := record.Encode(record.Body{Type: record.Punched, Person: fmt.Sprint("p", i), Action: attendance.In})
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.Append(c, key, uint64(i+1), prev, body)
		if err != nil {
			t.Fatal(err)
		}
		out, prev = append(out, r), r.Hash
	}
	return out
}

// Everything a hash is bound to changes it.
func TestHashesAreBound(t *testing.T) {
	t.Parallel()
	key, c := kioskKey(1), chain()
	base0, base := c.Genesis(public(key)), c.Next(5, record.Hash{9}, []byte("body"))
	seen := map[record.Hash]string{base0: "genesis", base: "next"}
	add := func(name string, h record.Hash) {
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[h] = name
	}
	for name, d := range map[string]record.Chain{
		"org": {Org: "acmf", Kiosk: c.Kiosk, Journal: c.Journal}, "kiosk": {Org: c.Org, Kiosk: "back", Journal: c.Journal},
		"journal": {Org: c.Org, Kiosk: c.Kiosk}, "moved boundary": {Org: "acmef", Kiosk: "ront", Journal: c.Journal},
	} {
		add(name+" genesis", d.Genesis(public(key)))
		add(name, d.Next(5, record.Hash{9}, []byte("body")))
	}
	add("key", c.Genesis(public(kioskKey(2))))
	add("seq", c.Next(6, record.Hash{9}, []byte("body")))
	add("prev", c.Next(5, record.Hash{8}, []byte("body")))
	add("body", c.Next(5, record.Hash{9}, []byte("bodz")))
	add("no body", c.Next(5, record.Hash{9}, nil))
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seq  uint64
		body []byte
		ok   bool
	}{
		"empty": {1, nil, false}, "one byte": {1, []byte("x"), true}, "largest": {1, make([]byte, record.MaxBody), true},
		"too large": {1, make([]byte, record.MaxBody+1), false}, "seq 0": {0, []byte("x"), false}, "last seq": {1<<64 - 1, []byte("x"), true},
	} {
		r, err := record.Append(chain(), kioskKey(1), c.seq, record.Hash{}, c.body)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && !record.Signed(public(kioskKey(1)), r.Hash, r.Sig) {
			t.Errorf("%s is not signed", name)
		}
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	r := run(t, chain(), kioskKey(1), 1)[0]
	key := public(kioskKey(1))
	for name, ok := range map[string]bool{
		"itself": record.Signed(key, r.Hash, r.Sig), "another key": !record.Signed(public(kioskKey(2)), r.Hash, r.Sig),
		"another hash": !record.Signed(key, record.Hash{1}, r.Sig), "no key": !record.Signed(nil, r.Hash, r.Sig),
		"short key": !record.Signed(key[:31], r.Hash, r.Sig), "no signature": !record.Signed(key, r.Hash, nil),
		"short signature": !record.Signed(key, r.Hash, r.Sig[:63]), "long signature": !record.Signed(key, r.Hash, append(slices.Clone(r.Sig), 0)),
	} {
		if !ok {
			t.Error(name)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	key, c := kioskKey(1), chain()
	other := func(rs []record.Record) { // re-signed by somebody else, all of it
		for i := range rs {
			rs[i].Sig = ed25519.Sign(kioskKey(2), rs[i].Hash[:])
		}
	}
	const good, altered, unsigned, malformed = record.Good, record.Altered, record.Unsigned, record.Malformed
	for _, v := range []struct {
		name   string
		change func(rs []record.Record)
		want   []record.Fault
	}{
		{"honest", func([]record.Record) {}, []record.Fault{good, good, good, good}},
		{
			"body", func(rs []record.Record) { rs[1].Body = bytes.Replace(rs[1].Body, []byte("p1"), []byte("p2"), 1) },
			[]record.Fault{good, altered, good, good},
		},
		{"hash", func(rs []record.Record) { rs[1].Hash[0] ^= 1 }, []record.Fault{good, altered, altered, good}},
		{"last body", func(rs []record.Record) { rs[3].Body = rs[2].Body }, []record.Fault{good, good, good, altered}},
		{"last signature", func(rs []record.Record) { rs[3].Sig = rs[2].Sig }, []record.Fault{good, good, good, unsigned}},
		{"a signature the last one covers", func(rs []record.Record) { rs[1].Sig = nil }, []record.Fault{good, good, good, good}},
		{"signature and last", func(rs []record.Record) { rs[1].Sig, rs[3].Sig = nil, nil }, []record.Fault{good, unsigned, good, unsigned}},
		{"another's key", other, []record.Fault{unsigned, unsigned, unsigned, unsigned}},
		{"empty body", func(rs []record.Record) { rs[2].Body = nil }, []record.Fault{good, good, malformed, good}},
		{"long body", func(rs []record.Record) { rs[0].Body = make([]byte, record.MaxBody+1) }, []record.Fault{malformed, good, good, good}},
		{"a forgery that fits what came before, in front of honest records", func(rs []record.Record) {
			rs[0].Body = bytes.Replace(rs[0].Body, []byte("p0"), []byte("p9"), 1)
			rs[0].Hash = c.Next(1, c.Genesis(public(key)), rs[0].Body)
		}, []record.Fault{unsigned, altered, good, good}},
		{"seq", func(rs []record.Record) { rs[1].Seq = 7 }, []record.Fault{good, altered, good, good}},
		{"swapped", func(rs []record.Record) { rs[1], rs[2] = rs[2], rs[1] }, []record.Fault{good, altered, altered, altered}},
	} {
		rs := run(t, c, key, 4)
		v.change(rs)
		if diff := cmp.Diff(v.want, record.Verify(c, public(key), c.Genesis(public(key)), rs)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", v.name, diff)
		}
	}
	rs := run(t, c, key, 3)
	if diff := cmp.Diff([]record.Fault{good, good}, record.Verify(c, public(key), rs[0].Hash, rs[1:])); diff != "" {
		t.Errorf("from the middle: %s", diff)
	}
	if got := record.Verify(c, public(key), record.Hash{}, rs); got[0] != altered || got[1] != good {
		t.Errorf("another past: %v", got)
	}
	if got := record.Verify(c, public(key), record.Hash{}, nil); len(got) != 0 {
		t.Errorf("nothing: %v", got)
	}
}

// Whatever bytes are changed in a run, the change does not pass as good: a
// record without a fault has the bytes that were written.
func TestVerifyMissesNothing(t *testing.T) {
	t.Parallel()
	key, c := kioskKey(1), chain()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "records")
		honest := run(tb(t), c, key, n)
		bad := run(tb(t), c, key, n)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			r := &bad[rapid.IntRange(0, n-1).Draw(t, "record")]
			part := [][]byte{r.Body, r.Hash[:], r.Sig}[rapid.IntRange(0, 2).Draw(t, "part")]
			part[rapid.IntRange(0, len(part)-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		}
		for i, fault := range record.Verify(c, public(key), c.Genesis(public(key)), bad) {
			if fault == record.Good && (!bytes.Equal(bad[i].Body, honest[i].Body) || bad[i].Hash != honest[i].Hash) {
				t.Fatalf("record %d of %d was changed and is good", i+1, n)
			}
		}
	})
}

// tb lets rapid use helpers made for testing.
func tb(t *rapid.T) testing.TB { return rapidTB{t: t} }

type rapidTB struct {
	testing.TB
	t *rapid.T
}

func (r rapidTB) Helper()           { r.t.Helper() }
func (r rapidTB) Fatal(args ...any) { r.t.Fatal(args...) }

func TestIDs(t *testing.T) {
	t.Parallel()
	j, err := record.NewJournalID(strings.NewReader("0123456789abcdef"))
	if err != nil || j.String() != "30313233343536373839616263646566" || j.IsZero() || !(record.JournalID{}).IsZero() {
		t.Errorf("journal %s, %v", j, err)
	}
	if _, err := record.NewJournalID(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short randomness: %v", err)
	}
	var v struct {
		J record.JournalID
		H record.Hash
	}
	v.J, v.H[31] = j, 0xfe
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	back := v
	back.J, back.H = record.JournalID{}, record.Hash{}
	if err := json.Unmarshal(raw, &back); err != nil || back != v {
		t.Errorf("%s: %v", raw, err)
	}
	h := v.H
	for _, s := range []string{"", "00", strings.Repeat("0", 63), strings.Repeat("0", 66), "zz" + strings.Repeat("0", 62), strings.Repeat("0", 62) + "g0"} {
		if err := h.UnmarshalText([]byte(s)); !problem.Is(err, problem.Invalid) || h != v.H {
			t.Errorf("hash from %q: %v, left %s", s, err, h)
		}
	}
	if got, err := record.ParseHash(v.H[:]); err != nil || got != v.H {
		t.Errorf("ParseHash: %s, %v", got, err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := record.ParseHash(make([]byte, n)); !problem.Is(err, problem.Invalid) {
			t.Errorf("ParseHash of %d bytes: %v", n, err)
		}
	}
}
