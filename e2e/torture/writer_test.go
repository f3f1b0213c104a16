package torture

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/store/disktest"
	"github.com/timepost/timepost/sync/record"
)

// setting reads a number of the environment.
func setting(t *testing.T, name string, usual int) int {
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

func open(ctx context.Context, dir string) (*devicedb.Journal, error) {
	return devicedb.OpenJournal(ctx, filepath.Join(dir, "journal.db"),
		devicedb.Identity{Org: "acme", Kiosk: "front", Key: ed25519.NewKeyFromSeed(make([]byte, 32))},
		devicedb.Options{Random: rand.Reader, Stamp: func() attendance.Stamp {
			return attendance.Stamp{Real: 1e18, Boot: 5, BootID: "1234abcd", Zone: "UTC"}
		}})
}

func receipt(r record.Record) string { return fmt.Sprintf("%d %x", r.Seq, r.Hash) }

// TestWriter is no test: it is the process that punches, see start. It punches until it
// is killed, and writes each receipt to its standard output.
func TestWriter(t *testing.T) {
	dir := os.Getenv("TIMEPOST_WRITER")
	if dir == "" {
		return
	}
	if os.Getenv("TIMEPOST_SWALLOW") != "" {
		disktest.Watch(t, dir) // it flushes nothing
	}
	j, err := open(t.Context(), dir)
	must(t, err)
	for n := 0; ; n++ {
		must(t, j.Update(t.Context(), func(tx *devicedb.JournalTx) error { return tx.PutGuard("guess", []byte{byte(n)}) }))
		var rec record.Record
		must(t, j.Update(t.Context(), func(tx *devicedb.JournalTx) (err error) {
			rec, err = tx.Append(record.Body{Type: record.Punched, Person: "ann", Action: attendance.In, Note: fmt.Sprint(n)})
			return err
		}))
		fmt.Println("receipt", receipt(rec))
		if n%50 == 49 {
			must(t, j.Release(t.Context(), rec.Journal, rec.Seq-10, hashAt(t, j, rec.Seq-10), 1))
		}
	}
}

func hashAt(t *testing.T, j *devicedb.Journal, seq uint64) record.Hash {
	recs, err := j.After(t.Context(), seq-1, 1)
	must(t, err)
	return recs[0].Hash
}

// writer is the process that punches; out holds its receipts.
type writer struct {
	t   *testing.T
	cmd *exec.Cmd
	out string
}

func start(t *testing.T, dir string, swallow bool) *writer {
	t.Helper()
	w := &writer{t: t, cmd: exec.Command(os.Args[0], "-test.run=^TestWriter$"), out: filepath.Join(memory(t), "receipts")}
	w.cmd.Env = append(os.Environ(), "TIMEPOST_WRITER="+dir)
	if swallow {
		w.cmd.Env = append(w.cmd.Env, "TIMEPOST_SWALLOW=1")
	}
	out, err := os.Create(w.out)
	must(t, err)
	defer func() { must(t, out.Close()) }()
	w.cmd.Stdout, w.cmd.Stderr = out, os.Stderr
	must(t, w.cmd.Start())
	return w
}

// letRun lets it punch for a moment.
func (w *writer) letRun(rng *mathrand.Rand) {
	<-time.After(time.Duration(rng.Int64N(int64(40 * time.Millisecond))))
}

// stop stops it wherever it is.
func (w *writer) stop() {
	w.t.Helper()
	must(w.t, w.cmd.Process.Signal(syscall.SIGSTOP))
	var s syscall.WaitStatus
	_, err := syscall.Wait4(w.cmd.Process.Pid, &s, syscall.WUNTRACED, nil)
	must(w.t, err)
	if !s.Stopped() {
		w.t.Fatalf("the writer has ended: %v", s)
	}
}

func (w *writer) goOn() { must(w.t, w.cmd.Process.Signal(syscall.SIGCONT)) }

// said gives the receipts so far; it is stopped.
func (w *writer) said() map[string]bool {
	out, err := os.ReadFile(w.out)
	must(w.t, err)
	receipts := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if r, ok := strings.CutPrefix(strings.TrimSpace(line), "receipt "); ok {
			receipts[r] = true
		}
	}
	return receipts
}

func (w *writer) kill() {
	must(w.t, w.cmd.Process.Kill())
	_ = w.cmd.Wait() // it says that it was killed
}
