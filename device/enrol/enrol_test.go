package enrol_test

import (
	"bytes"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestEnrolByURL(t *testing.T) {
	t.Parallel()
	f, dir := newFleet(t), filepath.Join(t.TempDir(), "state")
	var told steps
	id, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url("7k3qx-mor2t")}, told.add)
	if err != nil {
		t.Fatal(err)
	}
	want := steps{"keys", "keys+", "find_server", "find_server+", "ask_certificate", "ask_certificate+"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("steps: %s", diff)
	}
	if id.Org != org || id.Kiosk != kiosk || id.Gen != 4 || id.Settings.KioskName != "Front door" || !id.CA.Equal(f.ca.cert) {
		t.Errorf("identity %+v", id)
	}
	if id.SealKeyID != pin.SealKeyIDOf(id.SealKey.PublicKey()) || !bytes.Equal(f.asked[0].SealKey, id.SealKey.PublicKey().Bytes()) {
		t.Error("the seal key is not the one that was sent")
	}
	if f.asked[0].Code != code || f.asked[0].Serial == "" {
		t.Errorf("asked with %+v", f.asked[0])
	}
	again, err := enrol.Load(dir)
	if err != nil || !again.RecordKey.Equal(id.RecordKey) || again.Cert.Leaf == nil || again.Device != f.device {
		t.Fatalf("load: %v, the device listener is %q", err, again.Device)
	}
	modes(t, dir)
}

// modes fails the test when anything in dir may be read by others.
func modes(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if !d.IsDir() {
			files++
		}
		return nil
	})
	if err != nil || files != 4 {
		t.Errorf("%d files, want identity and three keys: %v", files, err)
	}
}

func TestEnrolByWebAddress(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	req := local.EnrolRequest{Server: "https://" + f.site + "/", Code: code}
	if _, err := enrol.Enrol(t.Context(), t.TempDir(), deps(f.web), req, new(steps).add); err != nil {
		t.Fatal(err)
	}
	_, err := enrol.Enrol(t.Context(), t.TempDir(), deps(), req, new(steps).add)
	if !problem.Is(err, problem.Untrusted) || len(f.asked) != 1 {
		t.Errorf("a server nobody vouches for: %v, asked %d times", err, len(f.asked))
	}
}

func TestEnrolByCAFile(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	d := deps(f.ca) // the file's authority is one of those a web address may have
	d.CA = f.ca.cert
	req := local.EnrolRequest{Server: f.device, Code: code} // no web page there: the device listener itself
	if _, err := enrol.Enrol(t.Context(), t.TempDir(), d, req, new(steps).add); err != nil {
		t.Fatal(err)
	}
	d.CA = nil
	_, err := enrol.Enrol(t.Context(), t.TempDir(), d, req, new(steps).add)
	if !problem.Is(err, problem.NotFound) {
		t.Errorf("without the file: %v", err)
	}
}

func TestWhatCentralRefuses(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	for _, want := range []problem.Code{problem.Used, problem.Expired, problem.NotFound, problem.Limited, problem.Unavailable} {
		dir := t.TempDir()
		f.refuse = problem.New(want, "Said by central.", "Do this.")
		_, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add)
		if p := problem.From(err); p == nil || p.Code != want || p.Message != "Said by central." || p.Hint != "Do this." {
			t.Errorf("%s became %v", want, err)
		}
		if _, err := enrol.Load(dir); !problem.Is(err, problem.NotFound) {
			t.Errorf("after %s: %v", want, err)
		}
	}
}

func TestWrongPinAndNoNetwork(t *testing.T) {
	t.Parallel()
	f, other := newFleet(t), newFleet(t)
	f.device = other.device // somebody else answers at the address
	_, err := enrol.Enrol(t.Context(), t.TempDir(), deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add)
	if !problem.Is(err, problem.Untrusted) || len(other.asked) != 0 {
		t.Errorf("another authority: %v, and it was told the code %d times", err, len(other.asked))
	}
	f.device = "127.0.0.1:1"
	var told steps
	_, err = enrol.Enrol(t.Context(), t.TempDir(), deps(), local.EnrolRequest{Server: f.url(code)}, told.add)
	if !problem.Is(err, problem.Unavailable) || told[len(told)-1] != "find_server" {
		t.Errorf("nobody there: %v after %v", err, told)
	}
}

// TestLostReply: the code is spent at central, the reply never came. The same
// code asks again with the same keys, also after a restart; another code doesn't.
func TestLostReply(t *testing.T) {
	t.Parallel()
	f, dir := newFleet(t), filepath.Join(t.TempDir(), "state")
	f.lose = true
	for range 2 {
		_, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add)
		if !problem.Is(err, problem.Unavailable) {
			t.Fatalf("lost reply: %v", err)
		}
	}
	f.lose = false
	id, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add)
	if err != nil {
		t.Fatal(err)
	}
	if ks := csrKeys(t, f.asked); len(ks) != 1 || len(f.asked) != 3 || !bytes.Equal(f.asked[0].RecordKey, f.asked[2].RecordKey) {
		t.Errorf("%d keys in %d requests", len(ks), len(f.asked))
	}
	if err := os.WriteFile(filepath.Join(dir, ".new-1234"), []byte("half"), 0o600); err != nil { // of a crash
		t.Fatal(err)
	}
	// Enrolled again with a new code: new keys, and the old ones are gone.
	next, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url("0000000000")}, new(steps).add)
	if err != nil || next.RecordKey.Equal(id.RecordKey) {
		t.Fatalf("enrolled again: %v", err)
	}
	modes(t, dir)
}

// TestRepliesThatDoNotHold: everything in a reply is verified, and a bad one
// leaves what was there before.
func TestRepliesThatDoNotHold(t *testing.T) {
	t.Parallel()
	f, dir, evil := newFleet(t), t.TempDir(), newAuthority(t, "evil")
	before, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]func(*wire.EnrolReply){
		"another authority":             func(r *wire.EnrolReply) { r.CA = evil.cert.Raw },
		"no organisation":               func(r *wire.EnrolReply) { r.Org = "" },
		"an organisation of evil":       func(r *wire.EnrolReply) { r.Org = "../evil" },
		"another kiosk's name":          func(r *wire.EnrolReply) { r.Kiosk = "back-door" },
		"no certificate":                func(r *wire.EnrolReply) { r.Cert = nil },
		"a certificate for another key": func(r *wire.EnrolReply) { r.Cert = f.certFor(f.ca, kiosk, newKey(t).Public()) },
		"a keyset of another authority": func(r *wire.EnrolReply) { r.Keyset = f.keyset(evil, 1) },
		"an altered keyset":             func(r *wire.EnrolReply) { r.Keyset.Version++ },
		"no broker":                     func(r *wire.EnrolReply) { r.Brokers = nil },
		"a broker without TLS":          func(r *wire.EnrolReply) { r.Brokers = []string{"tcp://127.0.0.1:1883"} },
		"a broker without port":         func(r *wire.EnrolReply) { r.Brokers = []string{"tls://127.0.0.1"} },
	}
	for name, spoil := range cases {
		f.spoil = spoil
		_, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url("1111111111")}, new(steps).add)
		if !problem.Is(err, problem.Untrusted) {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := enrol.Load(dir); err != nil || !now.RecordKey.Equal(before.RecordKey) {
			t.Errorf("%s: the old identity is gone: %v", name, err)
		}
	}
}

func TestDamagedIdentity(t *testing.T) {
	t.Parallel()
	f, dir := newFleet(t), t.TempDir()
	if _, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(dir, "keys", "*", "*.key"))
	if err != nil || len(all) != 3 {
		t.Fatalf("keys %v, %v", all, err)
	}
	for _, path := range append(all, filepath.Join(dir, "identity.json")) {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][]byte{nil, good[:len(good)/2], []byte("{}")} {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := enrol.Load(dir); !problem.Is(err, problem.Damaged) {
				t.Errorf("%s with %d bytes: %v", filepath.Base(path), len(bad), err)
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := enrol.Load(dir); err != nil {
		t.Errorf("put right again: %v", err)
	}
}

func TestKeepKeyset(t *testing.T) {
	t.Parallel()
	f, dir := newFleet(t), t.TempDir()
	if _, err := enrol.Enrol(t.Context(), dir, deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ keep, want uint64 }{{3, 3}, {2, 3}, {9, 9}} {
		if err := enrol.KeepKeyset(t.Context(), dir, f.keyset(f.ca, c.keep)); err != nil {
			t.Fatal(err)
		}
		if id, err := enrol.Load(dir); err != nil || id.Keyset.Version != c.want {
			t.Errorf("kept %d: %v", c.keep, err)
		}
	}
}

func TestDiskThatDoesNotTakeIt(t *testing.T) {
	t.Parallel()
	f, file := newFleet(t), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := enrol.Enrol(t.Context(), filepath.Join(file, "state"), deps(), local.EnrolRequest{Server: f.url(code)}, new(steps).add)
	if !problem.Is(err, problem.OutOfOrder) || len(f.asked) != 0 {
		t.Errorf("got %v after %d requests: the keys must be on disk first", err, len(f.asked))
	}
}
