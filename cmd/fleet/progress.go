package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// progress is a bar that moves in place on a terminal and one line per tenth
// elsewhere.
type progress struct {
	w     io.Writer
	label string
	live  bool
	last  int // tenths told so far
}

func newProgress(w io.Writer, label string) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, label: label, live: ok && term.IsTerminal(int(f.Fd())), last: -1}
}

// at shows that done of total is done.
func (p *progress) at(done, total int) {
	const width = 30
	part := width
	if total > 0 {
		part = done * width / total
	}
	if p.live {
		fmt.Fprintf(p.w, "\r%s  [%s%s] %d of %d", p.label, strings.Repeat("#", part), strings.Repeat(".", width-part), done, total)
		return
	}
	if tenths := part * 10 / width; tenths != p.last {
		p.last = tenths
		fmt.Fprintf(p.w, "%s: %d of %d\n", p.label, done, total)
	}
}

func (p *progress) end() {
	if p.live {
		fmt.Fprintln(p.w)
	}
}
