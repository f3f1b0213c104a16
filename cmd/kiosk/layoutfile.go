package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/timepost/timepost/ui"
)

// layoutFile tells tests where things are: {"screen", "targets": [{"name", "x",
// "y", "w", "h"}]}, in pixels of the window. While touches are ignored it has no
// targets. The file is replaced as a whole, so a reader sees one state or the next.
type layoutFile struct {
	path string
	last []byte
	err  error // the first failure; shown when the program ends
}

func (f *layoutFile) write(screen string, targets []ui.Target) {
	b, err := json.Marshal(struct {
		Screen  string      `json:"screen"`
		Targets []ui.Target `json:"targets"`
	}{screen, targets})
	if err == nil && bytes.Equal(b, f.last) {
		return
	}
	if err == nil {
		err = os.WriteFile(f.path+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(f.path+".new", f.path)
	}
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("write layout: %w", err)
	}
	f.last = b
}
