package config

import (
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// lineOf finds the line, from 1, on which the key is written; 0 when it cannot
// tell. The decoder gives no positions for keys. But a text cut off before the
// line of a key does not define it, and one cut off behind that line does, so the
// candidates, which are the lines with the last part of the key in them, are
// tried in order. A value over several lines cannot be cut: there the first
// candidate is taken.
func lineOf(text string, key toml.Key) int {
	first, end := 0, 0
	for i, line := range strings.SplitAfter(text, "\n") {
		end += len(line)
		if !strings.Contains(line, key[len(key)-1]) {
			continue
		}
		if first == 0 {
			first = i + 1
		}
		if defines(text[:end], key) {
			return i + 1
		}
	}
	return first
}

// defines says whether the text parses and has the key.
func defines(text string, key toml.Key) bool {
	var into map[string]any
	meta, err := toml.Decode(text, &into)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(meta.Keys(), func(k toml.Key) bool { return slices.Equal(k, key) })
}
