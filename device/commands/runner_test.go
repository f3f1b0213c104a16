package commands_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/commands"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// machine is a kiosk whose power fails at a chosen commit, before or after it.
type machine struct {
	t       *testing.T
	journal *devicedb.Journal
	die     context.CancelFunc // ends the present life

	commits  int  // until the power fails; 0: it does not
	after    bool // only once the commit is on disk
	disk     int  // so many commits fail in the disk before one works
	ran      []uint64
	ended    []string // what ran once the result was recorded
	notReady bool
}

var errDisk = problem.New(problem.OutOfOrder, "The disk is full.", "")

func newMachine(t *testing.T) *machine {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	j, err := devicedb.OpenJournal(t.Context(), filepath.Join(t.TempDir(), "journal.db"), devicedb.Identity{Org: "acme", Kiosk: "door", Key: key},
		devicedb.Options{Random: rand.Reader, Stamp: func() attendance.Stamp { return attendance.Stamp{BootID: "b", Real: 1} }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return &machine{t: t, journal: j}
}

func (m *machine) Command(ctx context.Context) (devicedb.Begun, error) {
	return m.journal.Command(ctx)
}

// Update is a commit that the power or the disk may not live to see.
func (m *machine) Update(ctx context.Context, f func(tx *devicedb.JournalTx) error) error {
	if m.disk > 0 {
		m.disk--
		return errDisk
	}
	m.commits--
	if m.commits == 0 && !m.after {
		m.die()
		return ctx.Err()
	}
	err := m.journal.Update(ctx, f)
	if m.commits == 0 {
		m.die()
		return ctx.Err()
	}
	return err
}

// live runs turns until nothing is left to do or the power fails.
func (m *machine) live(list []wire.Command) {
	m.t.Helper()
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	m.die = cancel
	do := func(_ context.Context, c wire.Command) (string, error) {
		m.ran = append(m.ran, c.N)
		if c.Text == "fills the disk" {
			m.disk = 2
		}
		if c.Text == "fails" {
			return "", problem.New(problem.Unavailable, "Nobody answers.", "")
		}
		return "It ran.", nil
	}
	restart := func(ctx context.Context, c wire.Command) (string, error) {
		m.ran = append(m.ran, c.N)
		cancel()
		return "", nil
	}
	last := func(_ context.Context, c wire.Command) error {
		m.ended = append(m.ended, fmt.Sprintf("%d forced %t", c.N, c.Force))
		cancel()
		return nil
	}
	r, err := commands.New(ctx, commands.Config{
		Journal: m, Retry: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		Verbs: map[string]commands.Verb{
			"do": {Do: do}, "restart": {Do: restart, Restarts: true, Said: "Started again."},
			"again": {Do: do, Again: true}, "forget": {Do: do, Again: true, Last: last}, "later": {Do: do, Ready: func(context.Context, wire.Command) bool { return !m.notReady }},
		},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	r.Take(list)
	for ctx.Err() == nil {
		again, err := r.Once(ctx)
		if ctx.Err() == nil && err != nil && !errors.Is(err, errDisk) {
			m.t.Fatal(err)
		}
		if !again && err == nil {
			return
		}
	}
}

// results gives what was recorded: number, whether it went well, and the words.
func (m *machine) results() []string {
	m.t.Helper()
	recs, err := m.journal.After(m.t.Context(), 0, 1000)
	if err != nil {
		m.t.Fatal(err)
	}
	var out []string
	for _, rec := range recs {
		b, err := record.Decode(rec.Body)
		if err != nil {
			m.t.Fatal(err)
		}
		if b.Type == record.CommandDone {
			out = append(out, fmt.Sprintf("%d.%d %t %s", b.Gen, b.Command, b.OK, b.Note))
		}
	}
	return out
}

func (m *machine) want(ran []uint64, results ...string) {
	m.t.Helper()
	if d := cmp.Diff(ran, m.ran); d != "" {
		m.t.Errorf("what ran (-want +got)\n%s", d)
	}
	if d := cmp.Diff(results, m.results()); d != "" {
		m.t.Errorf("what is recorded (-want +got)\n%s", d)
	}
}

func list(verbs ...string) []wire.Command {
	var out []wire.Command
	for i, v := range verbs {
		out = append(out, wire.Command{Gen: 1, N: uint64(i + 1), Verb: v})
	}
	return out
}

func TestInOrderAndOnce(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	l := list("do", "do", "dance", "do")
	l[1].Text = "fails"
	slices.Reverse(l)
	m.live(l)
	m.live(l)
	m.live([]wire.Command{{Gen: 1, N: 2, Verb: "do"}, {Gen: 2, N: 1, Verb: "do"}, {Gen: 1, N: 9, Verb: "do"}})
	m.want([]uint64{1, 2, 4, 9, 1}, "1.1 true It ran.", "1.2 false Nobody answers.",
		"1.3 false This kiosk's software does not know this command.", "1.4 true It ran.", "1.9 true It ran.", "2.1 true It ran.")
}

// The power fails at each commit of a command, before and after it.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	const short = "It was cut short: the kiosk stopped while it ran."
	for _, c := range []struct {
		name, verb string
		commits    int
		after      bool
		ran        []uint64
		result     string
	}{
		{"before it is begun", "do", 1, false, []uint64{1}, "1.1 true It ran."},
		{"as it is begun", "do", 1, true, nil, "1.1 false " + short},
		{"before its end is noted", "do", 2, false, []uint64{1}, "1.1 false " + short},
		{"after its end is noted", "do", 2, true, []uint64{1}, "1.1 true It ran."},
		{"a restart that is begun", "restart", 1, true, nil, "1.1 true Started again."},
		{"a restart", "restart", 0, false, []uint64{1}, "1.1 true Started again."},
		{"what goes on, begun", "again", 1, true, []uint64{1}, "1.1 true It ran."},
		{"what goes on, not noted", "again", 2, false, []uint64{1, 1}, "1.1 true It ran."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.commits, m.after = c.commits, c.after
			for range 3 {
				m.live(list(c.verb))
			}
			m.want(c.ran, c.result)
		})
	}
}

// What ends a command comes once its result is recorded, again after each power cut, and
// knows whether it was forced.
func TestLast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		commits int
		after   bool
		ran     []uint64
		result  string
		ended   int
	}{
		{"whole", 0, false, []uint64{1}, "1.1 true It ran.", 2},
		{"cut as it is begun", 1, true, []uint64{1}, "1.1 true It ran.", 1},
		{"cut before its result is noted", 2, false, []uint64{1, 1}, "1.1 true It ran.", 1},
		{"cut after its result is noted", 2, true, []uint64{1}, "1.1 true It ran.", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.commits, m.after = c.commits, c.after
			for range 2 {
				m.live([]wire.Command{{Gen: 1, N: 1, Verb: "forget", Force: true}, {Gen: 1, N: 2, Verb: "do"}})
			}
			m.want(c.ran, c.result)
			if d := cmp.Diff(slices.Repeat([]string{"1 forced true"}, c.ended), m.ended); d != "" {
				t.Errorf("what ended (-want +got)\n%s", d)
			}
		})
	}
	m := newMachine(t)
	l := list("forget", "do")
	l[0].Text = "fails"
	m.live(l)
	m.want([]uint64{1, 2}, "1.1 false Nobody answers.", "1.2 true It ran.")
	if len(m.ended) != 0 {
		t.Error("what failed was ended all the same")
	}
}

// What could not be noted is noted once the disk works, as it was.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.disk = 3
	m.live(list("do"))
	m.want([]uint64{1}, "1.1 true It ran.")
	m.live([]wire.Command{{Gen: 1, N: 2, Verb: "do", Text: "fills the disk"}})
	m.want([]uint64{1, 2}, "1.1 true It ran.", "1.2 true It ran.")
}

// What is not ready waits, those behind it too, and can be taken back.
func TestNotReady(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.notReady = true
	m.live(list("do", "later", "do"))
	m.want([]uint64{1}, "1.1 true It ran.")
	m.live([]wire.Command{{Gen: 1, N: 3, Verb: "do"}})
	m.want([]uint64{1, 3}, "1.1 true It ran.", "1.3 true It ran.")
}

// Whatever is asked, sent again, taken back and cut off: nothing runs twice, and each
// command has at most one result.
func TestNeverTwice(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	rapid.Check(t, func(rt *rapid.T) {
		m.ran = nil
		before := len(m.results())
		b, err := m.journal.Command(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		known := b.CommandMark
		for range rapid.IntRange(1, 8).Draw(rt, "lives") {
			var l []wire.Command
			for range rapid.IntRange(0, 5).Draw(rt, "commands") {
				n := known.N + uint64(rapid.IntRange(0, 6).Draw(rt, "n"))
				l = append(l, wire.Command{Gen: 1, N: n, Verb: rapid.SampledFrom([]string{"do", "restart", "later", "other"}).Draw(rt, "verb")})
			}
			m.commits, m.after = rapid.IntRange(0, 5).Draw(rt, "commits"), rapid.Bool().Draw(rt, "after")
			m.disk = rapid.IntRange(0, 2).Draw(rt, "disk")
			m.live(l)
		}
		m.commits, m.disk = 0, 0
		m.live(nil)
		if !slices.IsSorted(m.ran) || len(slices.Compact(slices.Clone(m.ran))) != len(m.ran) {
			rt.Fatalf("ran %v", m.ran)
		}
		results := m.results()[before:]
		var seen []string
		for _, r := range results {
			var gen, n uint64
			if _, err := fmt.Sscanf(r, "%d.%d", &gen, &n); err != nil {
				rt.Fatal(err)
			}
			seen = append(seen, fmt.Sprint(n))
		}
		if len(slices.Compact(slices.Clone(seen))) != len(seen) {
			rt.Fatalf("results %q", results)
		}
		for _, n := range m.ran {
			if !slices.Contains(seen, fmt.Sprint(n)) {
				rt.Fatalf("%d ran without a result: %q", n, results)
			}
		}
	})
}
