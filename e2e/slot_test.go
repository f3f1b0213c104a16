package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
)

// TestACardIsReplaced: the card of a kiosk is swapped for a blank one while punches
// wait on the old. Whoever makes a new code has the kiosk back, with its history; the
// old card is refused when it comes back, and what it held comes under review.
func TestACardIsReplaced(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	old := newClock(t, c, "Side Door", false)
	tap(t, old, ann, "sent")
	awaitDrained(t, []*clock{old})
	c.proc.kill9()
	tap(t, old, ann, "waits 1")
	tap(t, old, ann, "waits 2")
	old.proc.stop(syscall.SIGTERM, 10*time.Second)
	c.up(t)

	out := run(t, c.env(), bin(t, "fleet"), "kiosk", "code", "--force", old.id)
	blank := beside(t, old)
	run(t, nil, bin(t, "kioskd"), "enrol", "--data", blank.data(), urlIn(t, out))
	blank.up(t)
	tap(t, blank, ann, "on the new card")
	awaitDrained(t, []*clock{blank})
	eventually(t, 20*time.Second, "both punches count", func() bool { return len(c.punches(t)) == 2 })
	for _, p := range c.punches(t) {
		if p.Kiosk != old.id {
			t.Errorf("a punch of %s", p.Kiosk)
		}
	}

	old.up(t)
	items := awaitReviews(t, c, 2)
	for _, note := range []string{"waits 1", "waits 2"} {
		if i := items[note]; i.Kind != "deposited" || i.Punch.PersonName != "Ann Able" || i.KioskName != "Side Door" {
			t.Errorf("%s: %+v", note, i)
		}
	}
	eventually(t, 20*time.Second, "the old card says so", func() bool {
		f, err := old.local.Facts(t.Context())
		return err == nil && f.Refused && f.Queue == 0
	})
	tap(t, blank, ann, "unhindered")
	awaitDrained(t, []*clock{blank})
	eventually(t, 20*time.Second, "the new card goes on", func() bool { return len(c.punches(t)) == 3 })
	if k := kioskNow(t, c, old.id); slices.ContainsFunc(k.Problems, isCloned) {
		t.Errorf("a replaced card is no copy: %+v", k.Problems)
	}
}

// TestARunningMachineIsReplaced: the code is used while the old machine is connected.
// It is off the line within five seconds.
func TestARunningMachineIsReplaced(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	old := newClock(t, c, "Side Door", false)
	tap(t, old, ann, "sent")
	awaitDrained(t, []*clock{old})
	blank := beside(t, old)
	run(t, nil, bin(t, "kioskd"), "enrol", "--data", blank.data(), urlIn(t, run(t, c.env(), bin(t, "fleet"), "kiosk", "code", "--force", old.id)))
	eventually(t, 5*time.Second, "the old machine is cut off", func() bool {
		s, err := old.local.State(t.Context())
		return err == nil && !s.Connected
	})
	tap(t, old, ann, "too late")
	blank.up(t)
	awaitReviews(t, c, 1)
	tap(t, blank, ann, "on the new machine")
	awaitDrained(t, []*clock{blank})
	eventually(t, 20*time.Second, "the new machine's punch counts", func() bool { return len(c.punches(t)) == 2 })
}

// TestACopiedCardIsNoticed: a card is copied and both run. Central says so; what is
// punched at either is kept; setting up one anew cuts off both copies and ends it.
func TestACopiedCardIsNoticed(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	w := newClock(t, c, "Side Door", false)
	tap(t, w, ann, "before")
	awaitDrained(t, []*clock{w})
	w.proc.stop(syscall.SIGTERM, 10*time.Second)
	for range 2 { // started again and again it is one machine
		w.up(t)
		awaitOnline(t, w)
		w.proc.kill9()
	}
	copied := beside(t, w)
	if err := os.CopyFS(copied.data(), os.DirFS(w.data())); err != nil {
		t.Fatal(err)
	}
	w.up(t)
	awaitOnline(t, w)
	if k := kioskNow(t, c, w.id); slices.ContainsFunc(k.Problems, isCloned) {
		t.Fatalf("restarts look like a copy: %+v", k.Problems)
	}
	copied.up(t)
	began := time.Now()
	eventually(t, time.Minute, "the copy is noticed", func() bool {
		return slices.ContainsFunc(kioskNow(t, c, w.id).Problems, isCloned)
	})
	t.Logf("noticed after %v", time.Since(began).Round(time.Millisecond))
	tap(t, w, ann, "at the first")
	tap(t, copied, ann, "at the second")
	awaitAll(t, c, "before", "at the first", "at the second")

	w.proc.stop(syscall.SIGTERM, 10*time.Second)
	tap(t, copied, ann, "at the copy alone")
	awaitAll(t, c, "at the copy alone")
	out := run(t, c.env(), bin(t, "fleet"), "kiosk", "code", "--force", w.id)
	run(t, nil, bin(t, "kioskd"), "enrol", "--leave-unsent", "--data", w.data(), urlIn(t, out))
	w.up(t)
	eventually(t, 20*time.Second, "the copy is refused", func() bool {
		f, err := copied.local.Facts(t.Context())
		return err == nil && f.Refused
	})
	awaitOnline(t, w)
	if k := kioskNow(t, c, w.id); slices.ContainsFunc(k.Problems, isCloned) {
		t.Errorf("new keys do not end it: %+v", k.Problems)
	}
	tap(t, copied, ann, "after all")
	awaitAll(t, c, "after all")
}

// beside is another machine; nothing is on its card.
func beside(t *testing.T, w *clock) *clock {
	t.Helper()
	dir := shortDir(t)
	b := &clock{id: w.id, dir: dir, socket: filepath.Join(dir, "s")}
	b.local = local.Dial(b.socket)
	t.Cleanup(b.local.Close)
	if _, err := os.Stat(b.data()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return b
}

// urlIn finds the enrolment address in what fleet prints.
func urlIn(t *testing.T, text string) string {
	t.Helper()
	i := strings.Index(text, "timepost://")
	if i < 0 {
		t.Fatalf("no address in %q", text)
	}
	return strings.Trim(strings.Fields(text[i:])[0], "'\"")
}

func awaitOnline(t *testing.T, w *clock) {
	t.Helper()
	eventually(t, 30*time.Second, "it is online", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.Connected
	})
}

func kioskNow(t *testing.T, c *centre, id string) client.Kiosk {
	t.Helper()
	all, err := c.api.Kiosks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(k client.Kiosk) bool { return k.ID == id })
	if i < 0 {
		t.Fatalf("no kiosk %s", id)
	}
	return all[i]
}

func isCloned(p client.KioskProblem) bool { return p.Kind == "cloned" }

// awaitAll waits until central has each of these punches: counted, or under review.
func awaitAll(t *testing.T, c *centre, notes ...string) {
	t.Helper()
	eventually(t, 90*time.Second, "central has "+strings.Join(notes, ", "), func() bool {
		have := map[string]bool{}
		for _, p := range c.punches(t) {
			have[p.Note] = true
		}
		page, err := c.api.Reviews(t.Context(), false, 0, 100)
		if err != nil {
			return false
		}
		for _, r := range page.Reviews {
			if r.Punch != nil {
				have[r.Punch.Note] = true
			}
		}
		return !slices.ContainsFunc(notes, func(n string) bool { return !have[n] })
	})
}
