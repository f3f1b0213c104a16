package hw

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/timepost/timepost/attendance"
)

func TestStampReadsThisMachine(t *testing.T) {
	t.Parallel()
	c, err := OpenClocks()
	if err != nil {
		t.Fatal(err)
	}
	a := c.Stamp("Europe/Berlin")
	b := c.Stamp("Europe/Berlin")
	if d := time.Since(a.Time()); d < -time.Minute || d > time.Minute {
		t.Errorf("wall clock is %v off", d)
	}
	if a.BootID != c.BootID() || len(a.BootID) != 36 || a.Zone != "Europe/Berlin" || a.TZData == "" || a.BootSeq != 0 {
		t.Errorf("stamp = %+v", a)
	}
	if b.Boot <= a.Boot || b.Mono <= a.Mono || b.Raw <= a.Raw {
		t.Errorf("clocks do not go on: %+v then %+v", a, b)
	}
}

// fakeClock advances by the given step at each reading.
func fakeClock(steps ...time.Duration) func(int32, *unix.Timespec) error {
	now, n := int64(0), 0
	return func(_ int32, ts *unix.Timespec) error {
		now += int64(steps[min(n, len(steps)-1)])
		n++
		*ts = unix.NsecToTimespec(now)
		return nil
	}
}

func TestASlowBracketIsReadAgain(t *testing.T) {
	t.Parallel()
	ms := time.Millisecond
	adj := func(b *unix.Timex) (int, error) { b.Status, b.Freq, b.Maxerror = 0x2001, 7, 9; return 0, nil }
	for _, s := range []struct {
		name  string
		steps []time.Duration
		real  int64 // of the reading that counts
	}{
		{"quick", []time.Duration{1000}, 2000},
		{"slow once", []time.Duration{ms, ms, ms, ms, ms, 1000}, int64(5*ms) + 2000},
		{"always slow", []time.Duration{ms, 9 * ms, ms, ms, ms, ms, ms}, int64(15 * ms)},
	} {
		c := &Clocks{bootID: "b", gettime: fakeClock(s.steps...), adjtime: adj}
		got := c.Stamp("UTC")
		if got.Real != s.real {
			t.Errorf("%s: real = %d, want %d", s.name, got.Real, s.real)
		}
		if got.Status != 0x2001 || got.Freq != 7 || got.MaxError != 9 {
			t.Errorf("%s: quality = %+v", s.name, got)
		}
	}
}

func TestAClockThatFailsLaterLeavesZero(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	c := &Clocks{
		gettime: func(int32, *unix.Timespec) error { return broken },
		adjtime: func(*unix.Timex) (int, error) { return 0, broken },
	}
	got := c.Stamp("UTC")
	if got.Real != 0 || got.Boot != 0 || got.Synchronised() || got.Status != attendance.StaUnsync {
		t.Errorf("stamp = %+v", got)
	}
}

func TestTZDataVersion(t *testing.T) {
	t.Parallel()
	dir, empty := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tzdata.zi"), []byte("# version 2031a\nR x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tzdataVersion([]string{empty, dir}); got != "2031a" {
		t.Errorf("version = %q", got)
	}
	if got := tzdataVersion([]string{empty}); !strings.HasPrefix(got, "embedded go") {
		t.Errorf("version = %q", got)
	}
}

func TestOneBootHasOneID(t *testing.T) {
	t.Parallel()
	kernel, err := OpenClocks()
	if err != nil {
		t.Fatal(err)
	}
	told, err := OpenClocksOf(strings.ToUpper(strings.ReplaceAll(kernel.BootID(), "-", "")))
	if err != nil || told.BootID() != kernel.BootID() {
		t.Errorf("told %v, the kernel %s, %v", told, kernel.BootID(), err)
	}
	for _, bad := range []string{"%b", "1234", strings.Repeat("g", 32), strings.Repeat("1", 33)} {
		if _, err := OpenClocksOf(bad); err == nil {
			t.Errorf("%q was taken for a boot id", bad)
		}
	}
}
