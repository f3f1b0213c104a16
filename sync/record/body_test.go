package record_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{"v":1,"type":"boot"}`: true, `{"v":9,"type":"new","x":{"y":[]}}`: true, ` {"v":1,"type":"boot"} `: true,
		``: false, `null`: false, `{}`: false, `[]`: false, `"v"`: false, `{"v":0,"type":"boot"}`: false, `{"v":-1,"type":"boot"}`: false,
		`{"v":1}`: false, `{"v":1,"type":""}`: false, `{"v":1,"type":"boot"}x`: false, `{"v":1,"type":"boot"`: false,
		`{"v":"1","type":"boot"}`: false, `{"v":1,"type":7}`: false, `{"v":1.5,"type":"boot"}`: false,
		`{"v":1,"type":"punch","prev_hash":"00"}`: false, "{\"v\":1,\"type\":\"b\xff\"}": false,
		`{"v":1,"type":"boot","note":"` + strings.Repeat("x", record.MaxBody) + `"}`: false,
	} {
		if _, err := record.Decode([]byte(body)); (err == nil) != ok || err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("%.60q: %v", body, err)
		}
	}
}

func TestEncodeLimits(t *testing.T) {
	t.Parallel()
	b := record.Body{Type: record.Punched, Person: "p", Action: attendance.In, Note: strings.Repeat("\u2028", attendance.MaxNote/3)}
	if _, err := record.Encode(b); err != nil {
		t.Errorf("the longest note of the longest letters: %v", err)
	}
	b.Note = ""
	short, err := record.Encode(b)
	if err != nil {
		t.Fatal(err)
	}
	b.Note = strings.Repeat("x", record.MaxBody-len(short)-len(`,"note":""`))
	if out, err := record.Encode(b); err != nil || len(out) != record.MaxBody {
		t.Errorf("%d bytes: %v", len(out), err)
	}
	b.Note += "x"
	if _, err := record.Encode(b); !problem.Is(err, problem.Invalid) {
		t.Errorf("one more: %v", err)
	}
}

func TestBodyPunch(t *testing.T) {
	t.Parallel()
	b := record.Body{
		V: 1, Type: record.Punched, Person: "p", Action: attendance.Switch, Auth: attendance.AuthNone, Project: "roof", Note: "n",
		Stamp: attendance.Stamp{Real: 1790000000123456789},
	}
	want := attendance.Punch{Person: "p", Kiosk: "front", Action: attendance.Switch, At: b.Stamp.Time(), Auth: attendance.AuthNone, Project: "roof", Note: "n"}
	if got, ok := b.Punch("front"); !ok || !cmp.Equal(want, got) || got.At.UnixNano() != 1790000000123456789 || got.At.Location().String() != "UTC" {
		t.Errorf("%+v, %v", got, ok)
	}
	for name, change := range map[string]func(*record.Body){
		"type": func(b *record.Body) { b.Type = record.Boot }, "action": func(b *record.Body) { b.Action = "dance" },
		"no action": func(b *record.Body) { b.Action = "" }, "nobody": func(b *record.Body) { b.Person = "" },
	} {
		c := b
		change(&c)
		if _, ok := c.Punch("front"); ok {
			t.Errorf("another %s makes a punch", name)
		}
	}
}

// What was decoded is encoded to something that says the same.
func FuzzDecode(f *testing.F) {
	for _, r := range chainFile(f).Records {
		f.Add(unbase64(f, r.Body))
	}
	for _, s := range []string{
		"", "null", `{"v":1,"type":"punch","TYPE":"boot"}`, `{"v":1,"type":"a","v":2}`, `{"v":1e3,"type":"a"}`,
		`{"v":1,"type":"\ud800"}`, `{"v":1,"type":"a","prev_hash":""}`, strings.Repeat("[", 4000),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := record.Decode(raw)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Fatal(err)
			}
			return
		}
		if u, ok := b.Punch("k"); ok && (!u.Action.Valid() || u.Person == "") {
			t.Fatalf("punch %+v", u)
		}
		b.V = record.Version
		out, err := record.Encode(b)
		if err != nil {
			return // escapes may make it longer than a body may be
		}
		back, err := record.Decode(out)
		if diff := cmp.Diff(b, back); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		if again, err := record.Encode(back); err != nil || !bytes.Equal(out, again) {
			t.Fatalf("encoded twice: %s and %s", out, again)
		}
	})
}

func FuzzUnhex(f *testing.F) {
	for _, s := range []string{"", strings.Repeat("0", 64), strings.Repeat("f", 32), strings.Repeat("F", 64), strings.Repeat("é", 32)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var h record.Hash
		if err := h.UnmarshalText([]byte(s)); err == nil && h.String() != strings.ToLower(s) {
			t.Fatalf("%q is %s", s, h)
		}
		var j record.JournalID
		if err := j.UnmarshalText([]byte(s)); err == nil && j.String() != strings.ToLower(s) {
			t.Fatalf("%q is %s", s, j)
		}
	})
}

// A kiosk chains and signs each record the moment it is written; central checks
// a whole run by its last signature.
func Example() {
	key := kioskKey(1)
	c := record.Chain{Org: "acme", Kiosk: "front", Journal: record.JournalID{1}}
	prev := c.Genesis(public(key))
	var run []record.Record
	for i, a := range []attendance.Action{attendance.In, attendance.Out} {
		body, err := record.Encode(record.Body{Type: record.Punched, Person: "p-1", Action: a, Auth: attendance.AuthPersonal})
		if err != nil {
			fmt.Println(err)
			return
		}
		r, err := record.Append(c, key, uint64(i+1), prev, body)
		if err != nil {
			fmt.Println(err)
			return
		}
		run, prev = append(run, r), r.Hash
	}
	fmt.Printf("%q\n", record.Verify(c, public(key), c.Genesis(public(key)), run))
	run[0].Body = bytes.Replace(run[0].Body, []byte("p-1"), []byte("p-2"), 1)
	fmt.Printf("%q\n", record.Verify(c, public(key), c.Genesis(public(key)), run))
	// Output:
	// ["" ""]
	// ["altered" ""]
}
