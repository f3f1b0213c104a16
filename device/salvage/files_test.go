package salvage_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/device/salvage"
	"github.com/timepost/timepost/store/devicedb"
)

// aside writes five punches, sets their journal aside, and gives its file and head.
func (w *world) aside(boot string) (string, devicedb.Head) {
	w.t.Helper()
	w.punch(5)
	was := w.head()
	if err := w.journal.Close(); err != nil {
		w.t.Fatal(err)
	}
	file := w.path + "." + devicedb.ReasonCorrupt + "-" + boot
	if err := os.Rename(w.path, file); err != nil {
		w.t.Fatal(err)
	}
	w.open()
	w.restart()
	return file, was
}

// restart is a daemon that starts anew.
func (w *world) restart() {
	w.config.Journal = w.journal
	w.sender = salvage.New(w.config)
}

// salvages hands in, and wants this many records handed in.
func (w *world) salvages(want int) {
	w.t.Helper()
	if n, err := w.sender.Salvage(w.t.Context()); err != nil || n != want {
		w.t.Fatalf("%d records, want %d; %v", n, want, err)
	}
}

func (w *world) left(want bool) {
	w.t.Helper()
	if left, err := w.sender.Left(w.t.Context()); err != nil || left != want {
		w.t.Fatalf("left: %v, %v", left, err)
	}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// A journal that was set aside goes up once, and stays for its time after.
func TestAJournalSetAsideIsHandedInAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := w.path + "." + devicedb.ReasonCorrupt + "-aaaa" // before it in the list
	if err := os.WriteFile(broken, []byte("no database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	aside, was := w.aside("b00t")
	w.central.down = true
	if n, err := w.sender.Salvage(t.Context()); err == nil || n != 0 {
		t.Fatal("nobody answered", n, err)
	}
	w.central.down = false
	w.salvages(int(was.Seq))
	w.salvages(0)
	if got := w.central.got[was.Journal]; len(got) != int(was.Seq) {
		t.Errorf("central has %d of %d", len(got), was.Seq)
	}
	w.now = w.now.Add(salvage.KeepFor - time.Hour)
	w.salvages(0)
	if !there(aside) {
		t.Error("it went before its time")
	}
	w.now = w.now.Add(2 * time.Hour)
	w.central.down = true
	if _, err := w.sender.Salvage(t.Context()); err == nil || !there(aside) {
		t.Errorf("it went while central was not heard: %v", err)
	}
	w.central.down = false
	w.salvages(0)
	if there(aside) {
		t.Error("it stays after its time")
	}
	if !there(broken) {
		t.Error("what nothing can be read of is gone")
	}
}

// A server that was restored from a backup may lack what was handed in: it gets it again,
// once, and the time of the file begins anew.
func TestARestoredServerGetsItAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aside, was := w.aside("b00t")
	w.left(true)
	w.salvages(int(was.Seq))
	w.left(false)
	w.now = w.now.Add(salvage.KeepFor - time.Minute)
	w.salvages(0)
	delete(w.central.got, was.Journal)
	w.central.gen, w.gen = 9, 9
	w.left(true)
	w.restart()
	w.salvages(int(was.Seq))
	if got := w.central.got[was.Journal]; len(got) != int(was.Seq) || got[was.Seq] != was.Hash {
		t.Errorf("central has %d of %d", len(got), was.Seq)
	}
	w.left(false)
	w.salvages(0)
	w.now = w.now.Add(salvage.KeepFor - time.Minute)
	w.salvages(0)
	if !there(aside) {
		t.Error("its time did not begin anew")
	}
}

// A restore that the kiosk has not heard of yet is found out before the file goes.
func TestNothingGoesThatARestoredServerMayLack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aside, was := w.aside("b00t")
	w.salvages(int(was.Seq))
	w.central.gen = 9 // the roster of it has not come
	w.now = w.now.Add(salvage.KeepFor + time.Minute)
	w.salvages(int(was.Seq))
	if !there(aside) {
		t.Error("it is gone, and the server may be restored again from a backup that lacks it")
	}
}

// An answer of a generation that is over, which the kiosk knows to be over, is none.
func TestAnAnswerOfAnOlderServerIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.aside("b00t")
	w.gen = 5
	if n, err := w.sender.Salvage(t.Context()); err == nil {
		t.Errorf("%d records", n)
	}
	w.left(true)
}

// The time of a file is the time that the daemon has run: not that of a clock, and it goes
// on after a restart.
func TestAFileIsKeptByRunningTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aside, was := w.aside("b00t")
	w.salvages(int(was.Seq))
	w.restart()
	w.now = w.now.AddDate(5, 0, 0) // the clock was put right while it was off
	w.salvages(0)
	w.salvages(0)
	if !there(aside) {
		t.Fatal("a clock that was put right has removed it")
	}
	for range 36 {
		w.now = w.now.Add(23 * time.Hour)
		w.salvages(0)
		w.restart()
		w.salvages(0)
	}
	w.now = w.now.Add(time.Hour)
	w.salvages(0)
	if !there(aside) {
		t.Errorf("it went before its time")
	}
	w.now = w.now.Add(12 * time.Hour)
	w.salvages(0)
	if there(aside) {
		t.Error("it never goes where the daemon is started each day")
	}
}

// The note of a program that knew of no generation says too little.
func TestANoteWithoutAGenerationIsHandedInAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aside, was := w.aside("b00t")
	if err := os.WriteFile(aside+devicedb.DoneExt, []byte("2026-03-02T08:00:00Z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.salvages(int(was.Seq))
	w.salvages(0)
}

// What was handed in longest ago goes first where all is too large together; what was
// never handed in stays.
func TestFilesTogetherAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, was := w.aside("aaaa")
	w.salvages(int(was.Seq))
	w.now = w.now.Add(time.Hour)
	w.salvages(0)
	second, was := w.aside("bbbb")
	w.salvages(int(was.Seq))
	if !there(first) || !there(second) {
		t.Fatal("one is gone")
	}
	third, _ := w.aside("cccc")
	w.sender.SetMost(sizeOf(t, first, second) - 1)
	w.central.down = true
	if _, err := w.sender.Salvage(t.Context()); err == nil {
		t.Error("nobody answered")
	}
	if there(first) || !there(second) || !there(third) {
		t.Errorf("there: %v, %v, %v", there(first), there(second), there(third))
	}
}

func sizeOf(t *testing.T, files ...string) (sum int64) {
	t.Helper()
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// A power cut leaves the copy that a rescue works on; it does not stay.
func TestWhatARescueLeftBehindIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var left []string
	for _, dir := range []string{filepath.Join("rescue", "rescue-1"), "rescue-2"} { // the second as programs before made it
		path := filepath.Join(filepath.Dir(w.path), dir)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		left = append(left, path)
	}
	w.salvages(0)
	for _, path := range left {
		if there(path) {
			t.Errorf("%s is still there", path)
		}
	}
}
