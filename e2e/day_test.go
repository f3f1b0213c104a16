package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
)

// touchesVariable and killsVariable make a day and its second run as long as make
// day wants them.
const (
	touchesVariable = "TIMEPOST_TOUCHES"
	killsVariable   = "TIMEPOST_KILLS"
)

// day is people at one kiosk, one after the other, without a pause.
type day struct {
	w       *clock
	d       *display
	staff   map[string]client.Person
	r       *rand.Rand
	queue   []client.Person // who has not come yet, where each comes once
	touches int
	visits  int
}

// newDay opens a kiosk where nobody has punched yet.
func newDay(t *testing.T, w *clock, staff []client.Person, kiosk string, extra ...string) *day {
	t.Helper()
	y := &day{w: w, staff: map[string]client.Person{}, queue: staff, r: rand.New(rand.NewPCG(seed(t), 2))}
	for _, p := range staff {
		y.staff["person_"+p.ID] = p
	}
	y.d = newDisplayOf(t, kiosk, w.socket, "1280x800", "217", extra...)
	y.at(t, "idle")
	return y
}

// at waits until one of the screens takes touches and says which.
func (y *day) at(t *testing.T, screens ...string) (found string) {
	t.Helper()
	eventually(t, 30*time.Second, fmt.Sprint("one of ", screens), func() bool {
		for _, s := range screens {
			if len(y.d.now(s)) > 0 {
				found = s
				return true
			}
		}
		return false
	})
	return found
}

// tap touches one thing after the other. A touch that comes while the answer to
// the last one is under way does not count, and is made again, as people do.
func (y *day) tap(t *testing.T, screen string, names ...string) {
	t.Helper()
	for _, n := range names {
		for counted := y.d.events(`"msg":"key_pressed"`); ; {
			y.d.tap(t, screen, n)
			if y.soon(func() bool { return y.d.events(`"msg":"key_pressed"`) > counted }) {
				break
			}
		}
		y.touches++
	}
}

// visit is one person, from Idle to Idle: some search first, some turn pages, some
// look at their hours, some leave without a punch.
func (y *day) visit(t *testing.T) {
	t.Helper()
	y.visits++
	y.tap(t, "idle", "start")
	y.at(t, "people")
	y.look(t)
	p := y.choose(t)
	if y.r.IntN(8) == 0 {
		y.tap(t, "pin", "digit_1", "digit_2", "back")
		y.at(t, "people")
		y.tap(t, "people", "back")
		y.at(t, "idle")
		return
	}
	for _, digit := range p.PIN { // each counts at once: none is made again
		y.d.tap(t, "pin", "digit_"+string(digit))
		y.touches++
	}
	if y.at(t, "choose", "doubt") == "doubt" { // they were here a moment ago
		y.tap(t, "doubt", "right")
		y.at(t, "idle")
		return
	}
	if y.r.IntN(3) == 0 {
		y.tap(t, "choose", "hours")
		y.at(t, "hours")
		y.tap(t, "hours", "back")
		y.at(t, "choose")
	}
	action := "in"
	if !y.has("choose", action) {
		action = "out"
	}
	y.tap(t, "choose", action)
	y.at(t, "receipt")
	y.tap(t, "receipt", "close")
	y.at(t, "idle")
}

// look is somebody who does not find their name at once.
func (y *day) look(t *testing.T) {
	t.Helper()
	if y.r.IntN(3) > 0 {
		y.tap(t, "people", "search")
		y.d.find(t, "people", "key_p")
		for range 4 { // as fast as fingers type, and faster
			burst := []string{"key_p", "key_e", "key_r", "key_erase", "key_erase", "key_erase"}
			counted := y.d.events(`"msg":"key_pressed"`)
			y.d.tap(t, "people", burst...)
			y.touches += len(burst)
			eventually(t, 10*time.Second, "each key counts", func() bool { return y.d.events(`"msg":"key_pressed"`) == counted+len(burst) })
		}
		y.tap(t, "people", "search")
		eventually(t, 20*time.Second, "the whole list again", func() bool { return y.has("people", "next") && !y.has("people", "key_p") })
	}
	for range y.r.IntN(3) {
		y.turn(t)
	}
}

// turn goes to the next page, if there is one.
func (y *day) turn(t *testing.T) {
	t.Helper()
	before := y.cards(t)
	if !y.has("people", "next") {
		return
	}
	y.tap(t, "people", "next")
	eventually(t, 20*time.Second, "the next page", func() bool { return !slices.Equal(before, y.cards(t)) })
}

// cards gives the names on the page once they stand still.
func (y *day) cards(t *testing.T) []string {
	t.Helper()
	var cards []string
	eventually(t, 20*time.Second, "names to touch", func() bool {
		before := cards
		cards = nil
		for _, g := range y.d.now("people") {
			if strings.HasPrefix(g.Name, "person_") {
				cards = append(cards, g.Name)
			}
		}
		return len(cards) > 0 && slices.Equal(before, cards)
	})
	return cards
}

// choose touches somebody on the page.
func (y *day) choose(t *testing.T) client.Person {
	t.Helper()
	cards := y.cards(t)
	card := cards[y.r.IntN(len(cards))]
	y.tap(t, "people", card)
	y.at(t, "pin")
	return y.staff[card]
}

// soon says whether it is so within two seconds.
func (y *day) soon(so func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		if so() {
			return true
		}
		<-tick.C
	}
	return false
}

func (y *day) has(screen, name string) bool {
	return slices.ContainsFunc(y.d.now(screen), func(g target) bool { return g.Name == name })
}

// sample is what the touchscreen uses after so many touches.
type sample struct {
	touches    int
	rss        float64 // MB
	goroutines int
}

// measure asks the touchscreen for its goroutines and the kernel for its memory.
func (y *day) measure(t *testing.T) sample {
	t.Helper()
	pid := y.d.proc.cmd.Process.Pid
	n := y.d.events(`"msg":"vitals"`)
	if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	y.d.event(t, n+1, `"msg":"vitals"`)
	log, err := os.ReadFile(y.d.proc.log)
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`"goroutines":(\d+)`).FindAllSubmatch(log, -1)
	kb := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if len(said) == 0 || kb == nil {
		t.Fatal("the touchscreen says nothing of itself")
	}
	goroutines, err := strconv.Atoi(string(said[len(said)-1][1]))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := strconv.ParseFloat(string(kb[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return sample{y.touches, memory / 1024, goroutines}
}

// slope is how many MB memory grows in 1,000 touches, by least squares.
func slope(all []sample) float64 {
	var x, y, xx, xy float64
	for _, s := range all {
		t := float64(s.touches) / 1000
		x, y, xx, xy = x+t, y+s.rss, xx+t*t, xy+t*s.rss
	}
	n := float64(len(all))
	return (n*xy - x*y) / (n*xx - x*x)
}

func TestSlope(t *testing.T) {
	t.Parallel()
	var all []sample
	for i := range 20 {
		all = append(all, sample{touches: 500 * i, rss: 90 + 1.5*float64(i) + float64(i%2)})
	}
	if got := slope(all); got < 2.9 || got > 3.1 {
		t.Errorf("slope %.2f, want 3 MB per 1,000", got)
	}
}

// threadsWatched builds the touchscreen as Fyne runs programs that have not
// promised to keep to its threads: then it reports each call from a wrong one.
func threadsWatched(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "kiosk")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "x11,no_animations", "-o", out, "./cmd/kiosk")
	cmd.Dir = ".."
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build kiosk: %v\n%s", err, b)
	}
	return out
}

// length gives how long a run is to be.
func length(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	v := os.Getenv(variable)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// TestADay lets people come without a pause, 300 touches here and 10,000 by make
// day: afterwards the touchscreen has no more goroutines than after the first
// fifth, its memory has not grown by more than 1 MB per 1,000 touches (asked of
// 3,000 and more: in fewer the collector's own steps are larger), and Fyne has not
// seen a call from a wrong goroutine.
// (Seen to fail with a goroutine left by each touch, and with Tick called outside Do.)
func TestADay(t *testing.T) {
	t.Parallel()
	touches := length(t, touchesVariable, 300)
	kiosk := threadsWatched(t)
	c := newCentre(t)
	staff := importWithPINs(t, c, 40)
	w := newClock(t, c, "Front Door", true)
	awaitLengths(t, w, 4)
	y := newDay(t, w, staff, kiosk, "--log-level", "debug")
	var all []sample
	for y.touches < touches {
		y.visit(t)
		if y.touches >= touches/5 {
			all = append(all, y.measure(t))
		}
	}
	first, last := all[0], all[len(all)-1]
	t.Logf("%d touches of %d visits: %.1f MB and %d goroutines after %d, %.1f MB and %d at the end, %.2f MB per 1,000",
		y.touches, y.visits, first.rss, first.goroutines, first.touches, last.rss, last.goroutines, slope(all))
	if last.goroutines > first.goroutines+3 { // a request may just be under way
		t.Errorf("goroutines grew from %d to %d", first.goroutines, last.goroutines)
	}
	if touches >= 3000 && slope(all) >= 1 {
		t.Errorf("memory grows by %.2f MB per 1,000 touches", slope(all))
	}
	if n := y.d.events("Error in Fyne call thread"); n > 0 {
		t.Errorf("%d calls from a wrong goroutine; see %s", n, y.d.proc.log)
	}
	if n := y.d.events(`"msg":"key_pressed"`); n < y.touches*9/10 {
		t.Errorf("%d touches were made, %d counted", y.touches, n)
	}
}
