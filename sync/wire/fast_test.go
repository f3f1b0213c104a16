package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/sync/record"
)

func someRecords(n int) Records {
	r := Records{Journal: record.JournalID{1, 2, 0xff}, From: 7}
	for i := range n {
		r.Entries = append(r.Entries, Entry{
			Body: bytes.Repeat([]byte{byte(i), '<', '"'}, i), Hash: record.Hash{byte(i), 9}, Sig: bytes.Repeat([]byte{byte(i)}, 64),
		})
	}
	return r
}

// What Seal writes is read by hand, and as encoding/json reads it.
func TestFastIsTheSame(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, MaxBatch} {
		raw, err := marshal(someRecords(n))
		if err != nil {
			t.Fatal(err)
		}
		var fast, slow Records
		if !unmarshalRecords(raw, &fast) {
			t.Fatalf("%d entries are not read by hand", n)
		}
		if err := json.Unmarshal(raw, &slow); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(slow, fast); d != "" {
			t.Fatal(d)
		}
		fast.Entries[0].Sig = append(fast.Entries[0].Sig, 1) // must not reach into the next entry
		if n > 1 && !cmp.Equal(slow.Entries[1], fast.Entries[1]) {
			t.Fatal("entries share memory")
		}
	}
}

func FuzzRecordsByHand(f *testing.F) {
	for _, n := range []int{0, 1, 3} {
		raw, err := marshal(someRecords(n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(bytes.Replace(raw, []byte(`"from":7`), []byte(`"from":07`), 1))
		f.Add(bytes.Replace(raw, []byte(`,"h"`), []byte(`,"b":"","h"`), 1))
		f.Add(append(raw, ' '))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var fast, slow Records
		if !unmarshalRecords(raw, &fast) {
			return
		}
		if err := json.Unmarshal(raw, &slow); err != nil {
			t.Fatalf("only read by hand: %v", err)
		}
		if d := cmp.Diff(slow, fast); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzEnvelopeByHand(f *testing.F) {
	long := strings.Repeat("QUJD", 400)
	for _, s := range []string{
		`{"v":1,"type":"t","id":"i","kid":"k","body":"` + long + `","sig":"AAAA"}`,
		`{"v":1,"body":"` + long + `","body":"QQ=="}`,
		`{"v":1,"body":"` + long + `","Body":""}`,
		`{"v":1,"x":{"body":"` + long + `"},"body":"QQ=="}`,
		`{"v":1,"x":{"body":"` + long + `"}}`,
		`{"v":1,"body":"` + long + "\n" + `"}`,
		`{"v":1,"body":"` + long + `\u0041"}`,
		`{"v":1,"id":"\"body\":\"","body":"` + long + `"} x`,
		`{"body":"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var fast, slow Envelope
		a, b := unmarshalEnvelope(raw, &fast), json.Unmarshal(raw, &slow)
		if (a == nil) != (b == nil) {
			t.Fatalf("by hand %v, else %v", a, b)
		}
		if d := cmp.Diff(slow, fast); a == nil && d != "" {
			t.Fatal(d)
		}
	})
}
