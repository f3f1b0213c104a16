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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// TestNoPINIsLeftBehind types right, wrong and refused PINs everywhere one can be
// typed: at a kiosk, in a browser, over the API, in a file that is imported; has them
// generated, exported and mailed about; ends both daemons with a dump of all their
// goroutines while they work on PINs; and looks for the digits in everything there is:
// logs and dumps, every file of central and kiosk (databases with their WAL), the
// browser's profile, and every message on the wire. Planted PINs show that they would
// be found, and the database shows that they are in it, sealed.
func TestNoPINIsLeftBehind(t *testing.T) {
	t.Parallel()
	c := foundCentre(t, "--pin-length", "6")
	b := outsideBroker(t, c, attackerACL)
	tape := &tape{link: connect(t, c.keys(t), b.Addr, "attacker", clientCert(t, c.keys(t), "attacker"), "timepost/#")}
	c.up(t, "--broker", "tls://"+b.Addr, "--log-level", "debug")
	staff := importWithPINs(t, c, 5)
	w := enrolledClock(t, c, "Front Door", true)
	w.launch(t, nil, "--log-level", "debug")
	eventually(t, 30*time.Second, "people are at the kiosk", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.People == len(staff)
	})
	canaries := w.typeAtKiosk(t, staff[:3])
	canaries = append(canaries, typeOverAPI(t, c, w, staff[3])...)
	profile, typed := typeInBrowser(t, c, staff[4])
	canaries = append(canaries, typed...)
	for _, digits := range canaries {
		if len(digits) < 6 {
			t.Fatalf("a canary of %d digits is found anywhere", len(digits))
		}
	}
	awaitDrained(t, []*clock{w})
	tape.drain()
	hammer(t, c, w, staff[0], staff[3], typed[0])
	c.proc.stop(syscall.SIGQUIT, 10*time.Second) // dumps every goroutine's stack
	w.proc.stop(syscall.SIGQUIT, 10*time.Second)

	heap := everything(t, []string{c.dir, w.dir}, tape.all)
	for what, min := range map[string]int{"central.log": 1, "central.db": 1, "journal.db": 1, "journal.db-wal": 1, "cache.db": 1, "kioskd.log": 1, "message": 5} {
		if heap.kinds[what] < min {
			t.Errorf("%d of %s were searched, not %d: %v", heap.kinds[what], what, min, heap.kinds)
		}
	}
	for name := range map[string]int{"central.log": 1, "kioskd.log": 1} {
		if !heap.has(name, "goroutine 1 ") {
			t.Errorf("%s has no dump", name)
		}
	}
	found := heap.report(t, canaries)
	browser := everything(t, []string{profile}, nil)
	if len(browser.parts) < 10 {
		t.Errorf("%d files of the browser", len(browser.parts))
	}
	found += browser.report(t, typed) // of 8 digits: 6 come about by chance in so many files
	c.holdsSealed(t, []string{staff[0].PIN, typed[0]})
	findsPlanted(t, heap, canaries[1])
	t.Logf("%d PINs, found %d times in %d files and messages (%d KiB) and %d files of a browser (%d KiB)",
		len(canaries), found, len(heap.parts), heap.size>>10, len(browser.parts), browser.size>>10)
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

// has says whether a part of that kind has the text.
func (h *heap) has(kind, text string) bool {
	for name, b := range h.parts {
		if filepath.Base(name) == kind && bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

// report names each place of each PIN, and counts them.
func (h *heap) report(t *testing.T, canaries []string) int {
	t.Helper()
	found := 0
	for _, digits := range canaries {
		for _, where := range h.find(digits) {
			found++
			t.Errorf("PIN %s is in %s", digits, where)
		}
	}
	return found
}

// find gives the names of the parts that hold the digits: as a number of their
// own, in hex, base64 or UTF-16, as browsers keep what was typed. Inside a longer number, a hash in hex, or behind a
// decimal point six digits are chance.
func (h *heap) find(digits string) []string {
	wide := strings.Join(strings.Split(digits, ""), "\x00") + "\x00"
	coded := []string{hex.EncodeToString([]byte(digits)), base64.StdEncoding.EncodeToString([]byte(digits))[:len(digits)/3*4], wide}
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
		"message": packed.Bytes(), "dump": []byte("main.check({0xc000, 0x6}, \"" + digits + "\")\n"),
		"form that a browser kept": []byte("n\x00\x00" + strings.Join(strings.Split(digits, ""), "\x00") + "\x00\x00"),
		"request":                  []byte("POST /team/p-1/pin pin=" + digits + "&x=1"), "JSON": []byte(`{"pin":"` + digits + `"}`),
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
