package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// TestNoPINIsLeftBehind types right and wrong PINs at a kiosk, ends both daemons
// with a dump of all their goroutines, and looks for the digits in everything
// there is: logs and dumps, every file of central and kiosk (databases with their
// WAL), and every message on the wire. A planted PIN shows that it would be found.
func TestNoPINIsLeftBehind(t *testing.T) {
	t.Parallel()
	c := foundCentre(t, "--pin-length", "6")
	b := outsideBroker(t, c, attackerACL)
	tape := &tape{link: connect(t, c.keys(t), b.Addr, "attacker", clientCert(t, c.keys(t), "attacker"), "timepost/#")}
	c.up(t, "--broker", "tls://"+b.Addr, "--log-level", "debug")
	staff := importWithPINs(t, c, 3)
	w := enrolledClock(t, c, "Front Door", true)
	w.launch(t, nil, "--log-level", "debug")
	eventually(t, 30*time.Second, "people are at the kiosk", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.People == len(staff)
	})
	canaries := []string{w.universal}
	for i, p := range staff {
		wrong := other(p.PIN, w.universal)
		w.refuses(t, p.ID, wrong)
		w.refuses(t, p.ID, wrong)
		if _, err := w.punchWith(t, p.ID, p.PIN, fmt.Sprintf("0.%d", i)); err != nil {
			t.Fatal(err)
		}
		canaries = append(canaries, p.PIN, wrong)
	}
	if _, err := w.punchWith(t, staff[0].ID, w.universal, "0.9"); err != nil {
		t.Fatal(err)
	}
	for _, digits := range canaries {
		if len(digits) < 6 {
			t.Fatalf("a canary of %d digits is found anywhere", len(digits))
		}
	}
	awaitDrained(t, []*clock{w})
	tape.drain()
	c.proc.stop(syscall.SIGQUIT, 10*time.Second) // dumps every goroutine's stack
	w.proc.stop(syscall.SIGQUIT, 10*time.Second)

	heap := everything(t, []string{c.dir, w.dir}, tape.all)
	for what, min := range map[string]int{"central.log": 1, "central.db": 1, "journal.db": 1, "journal.db-wal": 1, "cache.db": 1, "kioskd.log": 1, "message": 5} {
		if heap.kinds[what] < min {
			t.Errorf("%d of %s were searched, not %d: %v", heap.kinds[what], what, min, heap.kinds)
		}
	}
	found := 0
	for _, digits := range canaries {
		for _, where := range heap.find(digits) {
			found++
			t.Errorf("PIN %s is in %s", digits, where)
		}
	}
	findsPlanted(t, heap, canaries[1])
	t.Logf("%d PINs, found %d times in %d files and messages (%d KiB)", len(canaries), found, len(heap.parts), heap.size>>10)
}

// heap is everything that is left after a run, by name.
type heap struct {
	parts map[string][]byte
	kinds map[string]int
	size  int
}

// everything reads all files under the folders, and the messages with what is
// inside them. What init was given and gave, and its token, are ours.
func everything(t *testing.T, dirs []string, wired []wire.Message) *heap {
	t.Helper()
	h := &heap{parts: map[string][]byte{}, kinds: map[string]int{}}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			h.add(path, filepath.Base(path), b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range wired {
		h.addMessage(fmt.Sprintf("message %d %s", i, m.Topic), m.Payload)
	}
	return h
}

func (h *heap) add(name, kind string, b []byte) {
	h.parts[name] = b
	h.kinds[kind]++
	h.size += len(b)
}

// addMessage adds a message as it was sent, unpacked, and its decoded body.
func (h *heap) addMessage(name string, payload []byte) {
	h.add(name, "message", payload)
	if z, err := gzip.NewReader(bytes.NewReader(payload)); err == nil {
		if plain, err := io.ReadAll(io.LimitReader(z, 1<<20)); err == nil {
			payload = plain
			h.add(name+" unpacked", "unpacked", plain)
		}
	}
	var e wire.Envelope
	if json.Unmarshal(payload, &e) == nil {
		h.add(name+" body", "body", e.Body)
	}
}

// find gives the names of the parts that hold the digits: as a number of their
// own, or in hex or base64. Inside a longer number, a hash in hex, or behind a
// decimal point six digits are chance.
func (h *heap) find(digits string) []string {
	coded := []string{hex.EncodeToString([]byte(digits)), base64.StdEncoding.EncodeToString([]byte(digits))[:len(digits)/3*4]}
	bare := regexp.MustCompile(`(?:^|[^0-9a-f.])` + digits + `(?:$|[^0-9a-f])`)
	var where []string
	for name, b := range h.parts {
		found := bare.Match(b)
		for _, c := range coded {
			found = found || bytes.Contains(b, []byte(c))
		}
		if found {
			where = append(where, name)
		}
	}
	return where
}

// findsPlanted shows that find finds: in a log, a database's page, hex, and the
// body of a packed message.
func findsPlanted(t *testing.T, clean *heap, digits string) {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	body, err := json.Marshal(wire.Envelope{V: 1, Type: "planted", Body: []byte(`{"pin":"` + digits + `"}`)})
	if err == nil {
		_, err = z.Write(body)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	page := bytes.Repeat([]byte{0}, 4096)
	copy(page[2000:], "regular"+digits+"Person") // columns lie side by side
	for kind, b := range map[string][]byte{
		"log": []byte("level=INFO msg=\"person identified\" pin=" + digits + "\n"), "page": page,
		"hashed text": []byte("personal|p-1|" + digits), "hex": []byte("x" + hex.EncodeToString([]byte(digits)) + "x"),
		"message": packed.Bytes(),
	} {
		h := &heap{parts: map[string][]byte{}, kinds: map[string]int{}}
		h.addMessage("planted", b)
		if len(h.find(digits)) == 0 {
			t.Errorf("a planted PIN is not found in a %s", kind)
		}
	}
	if len(clean.find("no such digits")) != 0 {
		t.Error("what is nowhere is found")
	}
}
