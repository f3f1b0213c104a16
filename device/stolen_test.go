package device_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// A stolen card tells no PIN: whoever has all files of a kiosk and not its key finds
// none, with as many tries as they like. With the key the same attack finds all of
// them: four digits are few, and the attack is a real one.
func TestAStolenCardTellsNoPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := map[string]string{"ann": annPIN, "bob": bobPIN, "olga": ownerPIN, kiosk: universalPIN}
	for i := range 4 {
		id := fmt.Sprintf("p%d", i)
		want[id] = fmt.Sprintf("55%02d", i)
		w.apply(w.person(id, attendance.Regular, want[id], 1, 0))
	}
	w.punch(w.in("ann", annPIN), attendance.In) // the files are those of a kiosk in use
	w.punch(w.in("bob", universalPIN), attendance.In)
	w.refused("bob", wrongPIN, problem.Unauthenticated)
	w.close()

	var tries []string // a thief tries all 10,000; the test those, and a few hundred that are nobody's
	for n := range 200 {
		tries = append(tries, fmt.Sprintf("%04d", 6000+n))
	}
	for _, digits := range want {
		tries = append(tries, digits)
	}
	stranger, err := pin.NewSealKey(bytes.NewReader(bytes.Repeat([]byte{7}, 1000)))
	must(t, err)
	for name, key := range map[string]*ecdh.PrivateKey{"no key": nil, "another key": stranger} {
		if found := crack(t, w.dir, key, tries); len(found) > 0 {
			t.Errorf("with %s %d PINs were found: %v", name, len(found), found)
		}
	}
	found := crack(t, w.dir, w.seal, tries)
	for subject, digits := range want {
		if found[subject] != digits {
			t.Errorf("with the key the PIN of %s was not found: the test can't fail", subject)
		}
	}
}

// crack gives the PIN of everybody whose it finds in a kiosk's files.
func crack(t *testing.T, dir string, key *ecdh.PrivateKey, tries []string) map[string]string {
	t.Helper()
	files := everything(t, dir)
	hashes := map[string][][]byte{} // by subject, to be compared with
	kinds := map[string]pin.Kind{}
	for _, r := range rosterOf(t, dir) {
		kinds[r.Subject] = r.Kind
		hashes[r.Subject] = append(regexp.MustCompile(`\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}`).FindAll(files, -1), r.sealed)
		if key == nil {
			continue
		}
		if opened, err := pin.Open(key, r.Binding, r.sealed); err == nil {
			hashes[r.Subject] = append(hashes[r.Subject], opened)
		}
	}
	found := map[string]string{}
	for subject, all := range hashes {
		for _, digits := range tries {
			if matches(t, all, kinds[subject], subject, digits) || told(files, string(kinds[subject])+"|"+subject+"|"+digits) {
				found[subject] = digits
			}
		}
	}
	return found
}

// matches says whether the digits fit any of the hashes.
func matches(t *testing.T, hashes [][]byte, kind pin.Kind, subject, digits string) bool {
	t.Helper()
	p, err := pin.Parse(digits)
	must(t, err)
	return slices.ContainsFunc(hashes, func(h []byte) bool {
		ok, err := pin.Matches(h, kind, subject, p)
		return err == nil && ok
	})
}

// told says whether a text, or what is easily reckoned from it, is in the files.
func told(files []byte, text string) bool {
	m, s1, s256 := md5.Sum([]byte(text)), sha1.Sum([]byte(text)), sha256.Sum256([]byte(text))
	for _, b := range [][]byte{[]byte(text), m[:], s1[:], s256[:]} {
		for _, form := range []string{string(b), hex.EncodeToString(b), base64.StdEncoding.EncodeToString(b)} {
			if bytes.Contains(files, []byte(form)) {
				return true
			}
		}
	}
	return false
}

// everything gives all bytes of all files.
func everything(t *testing.T, dir string) []byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	var out []byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		must(t, err)
		out = append(out, b...)
	}
	if !bytes.Contains(out, []byte("Olga")) {
		t.Fatal("these are not the files")
	}
	return out
}

// sealedRow is what a thief can read of somebody's PIN.
type sealedRow struct {
	pin.Binding
	sealed []byte
}

func rosterOf(t *testing.T, dir string) (out []sealedRow) {
	t.Helper()
	c, err := devicedb.OpenCache(t.Context(), filepath.Join(dir, "cache.db"), devicedb.CacheOptions{BootID: "thief"})
	must(t, err)
	defer func() { must(t, c.Close()) }()
	add := func(kind pin.Kind, subject, role string, s wire.SealedPIN) {
		out = append(out, sealedRow{pin.Binding{Org: org, Kiosk: kiosk, Key: "k1", Kind: kind, Subject: subject, Role: role, Version: s.Version}, s.Sealed})
	}
	for _, id := range []string{"ann", "bob", "olga", "p0", "p1", "p2", "p3"} {
		p, err := c.Person(t.Context(), id)
		must(t, err)
		add(pin.Personal, id, string(p.Role), *p.PIN)
	}
	u, err := c.Universal(t.Context(), kiosk)
	must(t, err)
	add(pin.Universal, kiosk, "", u.PIN)
	return out
}
