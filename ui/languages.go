package ui

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// wordFiles holds one catalogue per language, named by its BCP 47 tag. A tag with
// a region, such as en-US, has only what differs from its language.
//
//go:embed words/*.json
var wordFiles embed.FS

// fallback is the language of last resort; its catalogue is the model of the others.
const fallback = "en"

// Languages is every language that the screens speak.
type Languages struct{ all map[string]*words }

// LoadLanguages reads the embedded catalogues.
func LoadLanguages() (*Languages, error) {
	l := &Languages{all: map[string]*words{}}
	files, err := wordFiles.ReadDir("words")
	if err != nil {
		return nil, fmt.Errorf("list words: %w", err)
	}
	var tags []string
	for _, f := range files {
		tags = append(tags, strings.TrimSuffix(f.Name(), ".json"))
	}
	slices.Sort(tags) // a language comes before its regions
	for _, tag := range tags {
		b, err := wordFiles.ReadFile(path.Join("words", tag+".json"))
		if err != nil {
			return nil, fmt.Errorf("read words: %w", err)
		}
		if err := l.add(tag, b); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// add takes one catalogue in.
func (l *Languages) add(tag string, catalogue []byte) error {
	w := words{}
	base, _, regional := strings.Cut(tag, "-")
	if general := l.all[base]; regional && general != nil {
		w = *general
	}
	var err error
	if w.tag, err = language.Parse(tag); err != nil {
		return fmt.Errorf("read words of %q: %w", tag, err)
	}
	d := json.NewDecoder(bytes.NewReader(catalogue))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return fmt.Errorf("read words of %q: %w", tag, err)
	}
	l.all[tag] = &w
	return nil
}

// Tags gives the languages, and the regions that differ from theirs, in order.
func (l *Languages) Tags() []string { return slices.Sorted(maps.Keys(l.all)) }

// first gives the words of the first tag whose language is spoken, by its region
// where that differs; else English.
func (l *Languages) first(tags ...string) *words {
	for _, t := range tags {
		tag, err := language.Parse(t) // takes de_AT and DE-at, too
		if err != nil {
			continue
		}
		base, _ := tag.Base()
		if region, sure := tag.Region(); sure == language.Exact {
			if w := l.all[base.String()+"-"+region.String()]; w != nil {
				return w
			}
		}
		if w := l.all[base.String()]; w != nil {
			return w
		}
	}
	return l.all[fallback]
}
