package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
)

func watched(now time.Time, more int) look {
	l := look{At: now, In: 12, OnBreak: 3, Kiosks: []client.Kiosk{
		{ID: "a", Name: "Archive", Status: "revoked", Mode: "live", LastSeen: now.Add(-99 * time.Hour)},
		{ID: "b", Name: "Bakery", Status: "enrolled", Mode: "live", LastSeen: now.Add(-20 * time.Second), People: 40},
		{ID: "c", Name: "Canteen\x1b[2J", Status: "enrolled", Mode: "live", LastSeen: now.Add(-time.Minute), Queue: 7, People: 1},
		{ID: "d", Name: "Depot", Status: "enrolled", Mode: "live", LastSeen: now.Add(-26 * time.Hour), Queue: 9, Problems: []client.KioskProblem{{Kind: "silent", Severity: "critical", Words: "Silent for 26 h."}}},
		{ID: "e", Name: "Entrance", Status: "new", Mode: "live"},
		{ID: "f", Name: "Forest", Status: "enrolled", Mode: "scheduled", LastSeen: now.Add(-5 * time.Hour)},
	}}
	for i := range more {
		l.Kiosks = append(l.Kiosks, client.Kiosk{ID: fmt.Sprint(i), Name: fmt.Sprintf("Hall %02d", i), Status: "enrolled", Mode: "live", LastSeen: now})
	}
	for i := range 50 {
		l.Punches = append(l.Punches, client.Punch{
			ID: int64(i + 1), PersonName: fmt.Sprintf("Person %d", i), KioskName: "Bakery", Action: attendance.BreakEnd, Local: now.Format(time.RFC3339),
		})
	}
	return l
}

// Whoever is called first looks at the top: kiosks that need help come before
// those that do not, on any terminal, and nothing runs over its edges.
func TestWatchShowsTheWorstFirst(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	text := frame(watched(now, 0), 100, 30)
	last := -1
	for _, want := range []string{"12 in, 3 on break", "Depot", "Canteen\ufffd[2J", "Entrance", "Bakery", "Forest", "Archive", "Newest punches", "Person 49", "Person 48"} {
		at := strings.Index(text, want)
		if at <= last {
			t.Errorf("%q stands at %d, after %d:\n%s", want, at, last, text)
		}
		last = at
	}
	for _, want := range []string{"Silent for 26 h.", "7 records to send", "not enrolled yet", "seen 5 h ago", "09:30:00"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	for _, size := range [][2]int{{20, 5}, {40, 12}, {80, 24}, {200, 60}, {1, 1}, {80, 0}} {
		text := frame(watched(now, 100), size[0], size[1])
		if rows := strings.Count(text, "\r\n"); rows > max(0, size[1]-1) {
			t.Errorf("%v: %d rows", size, rows)
		}
		for line := range strings.Lines(text) {
			for _, mark := range []string{"\x1b[H", "\x1b[K", "\x1b[J", "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\r\n"} {
				line = strings.ReplaceAll(line, mark, "")
			}
			if utf8.RuneCountInString(line) > size[0] {
				t.Errorf("%v: %q is too wide", size, line)
			}
		}
	}
	if text := frame(watched(now, 100), 80, 24); !strings.Contains(text, "which are no worse") || !strings.Contains(text, "Person 49") {
		t.Errorf("a crowded terminal:\n%s", text)
	}
	if text := frame(look{At: now, Problem: "no route"}, 80, 24); !strings.Contains(text, "no route") || !strings.Contains(text, "fleet kiosk create") {
		t.Errorf("nothing there:\n%s", text)
	}
}

// Where there is no terminal, each change is told once.
func TestWatchTellsChanges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	var b bytes.Buffer
	show := changes(&b)
	l := watched(now, 0)
	for range 2 {
		if err := show(l); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(b.String(), "Bakery: fine"); n != 1 {
		t.Errorf("told %d times", n)
	}
	b.Reset()
	l.At = now.Add(time.Hour)
	l.Kiosks[1].Problems = []client.KioskProblem{{Kind: "heat", Severity: "warning", Words: "It is 81 °C hot."}}
	l.Punches = append(l.Punches, client.Punch{ID: 51, PersonName: "Zoe", KioskName: "Depot", Action: attendance.In, Local: "2026-03-02T10:30:00Z"})
	if err := show(l); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, "10:30:00  Bakery: It is 81 °C hot.\n") || !strings.HasSuffix(got, "10:30:00  Zoe in at Depot\n") || strings.Contains(got, "Person") {
		t.Errorf("told %q", got)
	}
}
