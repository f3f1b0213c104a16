package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/timepost/timepost/internal/command"
)

// table prints rows under headings, each column as wide as its widest cell.
func table(w io.Writer, headings []string, rows [][]string) {
	widths := make([]int, len(headings))
	for _, row := range append([][]string{headings}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(command.Clean(cell)))
		}
	}
	line(w, widths, headings)
	for _, row := range rows {
		line(w, widths, row)
	}
}

func line(w io.Writer, widths []int, cells []string) {
	var b strings.Builder
	for i, cell := range cells {
		cell = command.Clean(cell)
		b.WriteString(cell)
		if i < len(cells)-1 {
			b.WriteString(strings.Repeat(" ", 2+max(0, widths[i]-utf8.RuneCountInString(cell))))
		}
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

// printJSON prints v as one indented document.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
