package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

// How a kiosk is, the worst first.
const (
	kioskBad   = iota // something is critical
	kioskLook         // something can wait
	kioskWaits        // holds records it has not sent
	kioskNew          // no machine is enrolled
	kioskFine
	kioskRevoked
)

// concern says how a kiosk is, in words too.
func concern(k client.Kiosk, now time.Time) (int, string) {
	past := now.Sub(k.LastSeen)
	switch {
	case k.Status == "revoked":
		return kioskRevoked, "revoked"
	case k.Status == "new" || k.LastSeen.IsZero():
		return kioskNew, "not enrolled yet"
	case len(k.Problems) > 0 && k.Problems[0].Severity == "critical":
		return kioskBad, k.Problems[0].Words
	case len(k.Problems) > 0:
		return kioskLook, k.Problems[0].Words
	case k.Queue > 0:
		return kioskWaits, plural(k.Queue, "record", "records") + " to send"
	case k.Mode != "live":
		return kioskFine, "seen " + span(past) + " ago"
	}
	return kioskFine, "fine"
}

// span writes a length in its largest unit: 40 s, 12 min, 5 h, 3 days.
func span(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", max(0, int(d/time.Second)))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return plural(int(d/(24*time.Hour)), "day", "days")
}

// worstFirst orders kiosks by how they are, then by name.
func worstFirst(kiosks []client.Kiosk, now time.Time) []client.Kiosk {
	sorted := slices.Clone(kiosks)
	slices.SortStableFunc(sorted, func(a, b client.Kiosk) int {
		x, _ := concern(a, now)
		y, _ := concern(b, now)
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a.Name, b.Name))
	})
	return sorted
}

// frame paints a look over a whole terminal of so many columns and rows: a third
// of it, or what is left, for the punches.
func frame(l look, width, height int) string {
	f := &painter{width: width, left: height - 1}
	worst := map[int]int{}
	for _, k := range l.Kiosks {
		n, _ := concern(k, l.At)
		worst[n]++
	}
	f.row("\x1b[1m", fmt.Sprintf("%s   %d in, %d on break   %s", l.At.Format(time.TimeOnly), l.In, l.OnBreak, sumUp(worst, len(l.Kiosks))))
	if l.Problem != "" {
		f.row("\x1b[31m", "The server does not answer; this is how it was. "+l.Problem)
	}
	f.row("", "")
	punches := min(len(l.Punches), max(height/3, height-len(l.Kiosks)-6))
	f.kiosks(worstFirst(l.Kiosks, l.At), l.At, max(1, f.left-punches-2))
	if punches > 0 {
		f.row("", "")
		f.row("\x1b[2m", "Newest punches")
	}
	for i := range punches {
		u := l.Punches[len(l.Punches)-1-i]
		f.row("", columns([]int{9, 26, 12}, clockOf(u), u.PersonName, actionWord(u.Action), u.KioskName))
	}
	return "\x1b[H" + f.String() + "\x1b[J"
}

// sumUp says how many kiosks are how, the worst first; of what there is none it says
// nothing.
func sumUp(worst map[int]int, all int) string {
	text := plural(all, "kiosk", "kiosks")
	for i, words := range []string{"need you", "to look at", "sending", "not enrolled", "fine"} {
		if n := worst[i]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, words)
		}
	}
	return text
}

// painter writes rows that are cut to the terminal's width, as many as fit.
type painter struct {
	strings.Builder
	width, left int
}

func (f *painter) row(style, text string) {
	if f.left <= 0 {
		return
	}
	f.left--
	runes := []rune(command.Clean(text))
	if len(runes) > f.width {
		runes = append(runes[:max(0, f.width-1)], '…')
	}
	f.WriteString(style + string(runes) + "\x1b[0m\x1b[K\r\n")
}

func (f *painter) kiosks(all []client.Kiosk, now time.Time, room int) {
	if len(all) == 0 {
		f.row("", "There are no kiosks yet. Create one with: fleet kiosk create NAME")
		return
	}
	shown := all
	if len(all) > room {
		shown = all[:max(0, room-1)]
	}
	for _, k := range shown {
		n, words := concern(k, now)
		style := map[int]string{kioskBad: "\x1b[31m", kioskLook: "\x1b[33m", kioskWaits: "\x1b[33m", kioskNew: "\x1b[2m", kioskRevoked: "\x1b[2m"}[n]
		f.row(style, columns([]int{30, 11}, k.Name, plural(k.People, "person", "people"), words))
	}
	if hidden := len(all) - len(shown); hidden > 0 {
		f.row("\x1b[2m", fmt.Sprintf("and %d more, which are no worse", hidden))
	}
}

// clockOf gives the time of day of a punch, at its kiosk.
func clockOf(u client.Punch) string {
	_, clock, _ := strings.Cut(localTime(u.Local), " ")
	return clock
}

// columns joins cells, each but the last as wide as its column.
func columns(widths []int, cells ...string) string {
	var b strings.Builder
	for i, cell := range cells {
		if i < len(widths) {
			if runes := []rune(cell); len(runes) > widths[i] {
				cell = string(runes[:widths[i]-1]) + "…"
			}
			cell += strings.Repeat(" ", widths[i]+2-utf8.RuneCountInString(cell))
		}
		b.WriteString(cell)
	}
	return b.String()
}

// changes tells in a line of each kiosk that is not as it was, and of each punch.
func changes(w io.Writer) func(look) error {
	was, told := map[string]int{}, int64(0)
	return func(l look) error {
		for _, k := range worstFirst(l.Kiosks, l.At) {
			n, words := concern(k, l.At)
			if old, known := was[k.ID]; known && old == n {
				continue
			}
			was[k.ID] = n
			if _, err := fmt.Fprintf(w, "%s  %s: %s\n", l.At.Format(time.TimeOnly), command.Clean(k.Name), words); err != nil {
				return err
			}
		}
		for _, u := range l.Punches {
			if u.ID <= told {
				continue
			}
			told = u.ID
			if _, err := fmt.Fprintf(w, "%s  %s %s at %s\n", clockOf(u), command.Clean(u.PersonName), actionWord(u.Action), command.Clean(u.KioskName)); err != nil {
				return err
			}
		}
		return nil
	}
}
