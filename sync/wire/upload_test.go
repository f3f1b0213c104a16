package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func uploadKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)) }

func signedUpload(t testing.TB, body string) string {
	t.Helper()
	h, err := wire.SignUpload(uploadKey(), "acme", "door", wire.UploadDeposit, []byte(body), time.Unix(0, 5))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAnUploadSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	u, err := wire.OpenUpload(signedUpload(t, "punches"))
	if err != nil {
		t.Fatal(err)
	}
	if u.Org != "acme" || u.Kiosk != "door" || u.Kind != wire.UploadDeposit || u.At != 5 || !bytes.Equal(u.Key, uploadKey().Public().(ed25519.PublicKey)) {
		t.Errorf("%+v", u)
	}
	if !u.Holds([]byte("punches")) || u.Holds([]byte("punchez")) {
		t.Error("the body is not bound")
	}
}

// Whatever is changed on the way, it is no longer believed.
func TestAForgedUploadIsNotBelieved(t *testing.T) {
	t.Parallel()
	good := signedUpload(t, "punches")
	front, back, _ := strings.Cut(good, ".")
	text, err := base64.RawURLEncoding.DecodeString(front)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	for name, c := range map[string]struct {
		header string
		code   problem.Code
	}{
		"nothing":           {"", problem.Invalid},
		"no signature":      {front, problem.Invalid},
		"an empty one":      {front + ".", problem.Untrusted},
		"not base64":        {front + "." + "!!", problem.Invalid},
		"not JSON":          {enc([]byte("{")) + "." + back, problem.Invalid},
		"another kiosk":     {enc(bytes.Replace(text, []byte(`"door"`), []byte(`"gate"`), 1)) + "." + back, problem.Untrusted},
		"another kind":      {enc(bytes.Replace(text, []byte(`"deposit"`), []byte(`"salvage"`), 1)) + "." + back, problem.Untrusted},
		"an unknown kind":   {enc(bytes.Replace(text, []byte(`"deposit"`), []byte(`"firmware"`), 1)) + "." + back, problem.Invalid},
		"no segment":        {enc(bytes.Replace(text, []byte(`"door"`), []byte(`"../x"`), 1)) + "." + back, problem.Invalid},
		"far too long":      {strings.Repeat("a", 4096) + "." + back, problem.Invalid},
		"a short signature": {front + "." + back[:20], problem.Untrusted},
	} {
		if _, err := wire.OpenUpload(c.header); problem.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADepositIsChecked(t *testing.T) {
	t.Parallel()
	j, h := strings.Repeat("01", 16), strings.Repeat("02", 32)
	entry := `{"b":"e30=","h":"` + h + `","s":"AA=="}`
	of := func(rest string) string { return `{"journal":"` + j + `",` + rest + `}` }
	d, err := wire.ReadDeposit([]byte(of(`"runs":[{"from":4,"entries":[` + entry + `,` + entry + `]},{"from":9,"entries":[` + entry + `]}]`)))
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	for _, r := range d.Runs {
		for _, rec := range d.Records(r) {
			seqs = append(seqs, rec.Seq)
		}
	}
	if diff := cmp.Diff([]uint64{4, 5, 9}, seqs); diff != "" {
		t.Error(diff)
	}
	for name, body := range map[string]string{
		"nothing":           ``,
		"no runs":           of(`"runs":[]`),
		"an empty run":      of(`"runs":[{"from":1,"entries":[]}]`),
		"from 0":            of(`"runs":[{"from":0,"entries":[` + entry + `]}]`),
		"past the end":      of(`"runs":[{"from":9223372036854775807,"entries":[` + entry + `]}]`),
		"backwards":         of(`"runs":[{"from":4,"entries":[` + entry + `]},{"from":4,"entries":[` + entry + `]}]`),
		"no journal":        `{"runs":[{"from":1,"entries":[` + entry + `]}]}`,
		"too many":          of(`"runs":[{"from":1,"entries":[` + strings.Repeat(entry+",", wire.MaxDeposit) + entry + `]}]`),
		"a huge body":       of(`"runs":[{"from":1,"entries":[{"b":"` + strings.Repeat("AAAA", record.MaxBody) + `","h":"` + h + `","s":""}]}]`),
		"a long reason":     of(`"reason":"` + strings.Repeat("x", 201) + `","runs":[{"from":1,"entries":[` + entry + `]}]`),
		"hash of two bytes": of(`"runs":[{"from":1,"entries":[{"b":"e30=","h":"0101","s":""}]}]`),
	} {
		if _, err := wire.ReadDeposit([]byte(body)); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpenUpload(f *testing.F) {
	f.Add(signedUpload(f, "punches"))
	f.Add("e30.e30")
	f.Add(".")
	f.Fuzz(func(t *testing.T, header string) {
		u, err := wire.OpenUpload(header)
		if err == nil && (u.Kind.Path() == "" || len(u.Key) != ed25519.PublicKeySize || u.Kiosk == "") {
			t.Errorf("%q: %+v", header, u)
		}
	})
}

func FuzzReadDeposit(f *testing.F) {
	f.Add([]byte(`{"journal":"01010101010101010101010101010101","runs":[{"from":1,"entries":[{"b":"e30=","h":"0202020202020202020202020202020202020202020202020202020202020202","s":"AA=="}]}]}`))
	f.Add([]byte(`{"runs":[{}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := wire.ReadDeposit(body)
		if err != nil {
			return
		}
		last := uint64(0)
		for _, r := range d.Runs {
			for _, rec := range d.Records(r) {
				if rec.Seq <= last {
					t.Fatalf("record %d after %d", rec.Seq, last)
				}
				last = rec.Seq
			}
		}
	})
}
