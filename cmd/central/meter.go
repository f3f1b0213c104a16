package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// meter shows on a terminal how far long work is; elsewhere it shows nothing.
type meter struct {
	w    io.Writer
	live bool
	last int
}

func newMeter(w io.Writer) *meter {
	f, ok := w.(*os.File)
	return &meter{w: w, live: ok && term.IsTerminal(int(f.Fd())), last: -1}
}

// step begins a piece of work; what it gives is told of every byte done.
func (m *meter) step(label string) func(done, total int64) {
	const width = 30
	m.last = -1
	return func(done, total int64) {
		part := width
		if total > 0 {
			part = int(done * width / total)
		}
		if !m.live || part == m.last {
			return
		}
		m.last = part
		// A terminal that is gone is no reason to stop the work.
		_, _ = fmt.Fprintf(m.w, "\r%-10s [%s%s] %3d %%", label, strings.Repeat("#", part), strings.Repeat(".", width-part), part*100/width)
	}
}

// end leaves an empty line to what follows.
func (m *meter) end() {
	if m.live && m.last >= 0 {
		_, _ = fmt.Fprintf(m.w, "\r%60s\r", "")
	}
}
