package vm

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// cuts is how often the power is cut; TIMEPOST_CUTS overrides it.
const cuts = 3

// TestWhatWasShownSurvivesThePowerCut pulls the plug of a kiosk and its server
// while people punch as fast as they can. Whatever was shown as recorded arrives
// at central, once.
func TestWhatWasShownSurvivesThePowerCut(t *testing.T) {
	n := cuts
	if s := os.Getenv("TIMEPOST_CUTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	disk := filepath.Join(t.TempDir(), "disk")
	m := boot(t, disk)
	m.settle(t)
	shown := map[string]uint64{}
	for cut := range n {
		acks := m.listen(t)
		m.shell(t, "systemd-run --quiet --unit=puncher /host/puncher")
		// Some at first, so that the cut is amid punches; then at any moment.
		read(t, acks, shown, 20+7*cut)
		if err := m.Cut(); err != nil {
			t.Fatal(err)
		}
		read(t, acks, shown, 0)
		t.Logf("cut %d: %d shown so far", cut+1, len(shown))
		m = boot(t, disk)
		m.again(t)
	}
	defer m.Cut() //nolint:errcheck // all has been seen
	m.until(t, "the queue is empty", "/host/kioskd status --socket /run/kioskd.sock --json", func(out string) bool {
		var s struct{ Queue int }
		return json.Unmarshal([]byte(out), &s) == nil && s.Queue == 0
	})
	compare(t, shown, m.punches(t))
}

// compare fails for what was shown and is not there, and for what is there twice.
func compare(t *testing.T, shown map[string]uint64, got []arrived) {
	t.Helper()
	times := map[string]int{}
	for _, a := range got {
		times[a.Note]++
	}
	for note := range shown {
		if times[note] != 1 {
			t.Errorf("punch %s was shown as recorded and is there %d times", note, times[note])
		}
	}
	for note, n := range times {
		if n > 1 {
			t.Errorf("punch %s is there %d times", note, n)
		}
	}
	t.Logf("%d shown, %d arrived", len(shown), len(got))
}

// listen connects to the serial port on which the puncher tells receipts.
func (m *Machine) listen(t *testing.T) *bufio.Scanner {
	t.Helper()
	conn, err := m.dial(t.Context(), m.acks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) //nolint:errcheck // only read
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(conn)
}

// read takes receipts in until there are most more, or the machine is gone.
func read(t *testing.T, lines *bufio.Scanner, shown map[string]uint64, most int) {
	t.Helper()
	for n := 0; (most == 0 || n < most) && lines.Scan(); n++ {
		var r struct {
			Note string
			Seq  uint64
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return // the line that the cut broke
		}
		shown[r.Note] = r.Seq
	}
	if most > 0 && lines.Err() != nil {
		t.Fatal(lines.Err())
	}
}
