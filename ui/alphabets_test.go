package ui

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/timepost/timepost/attendance"
)

// board is a keyboard of a language on a panel.
type board struct {
	tag    string
	shape  boardShape
	layers []layer
}

// boards gives every keyboard there is.
func boards(t *testing.T, address bool) []board {
	t.Helper()
	l := spoken(t)
	var out []board
	for _, tag := range l.Tags() {
		for _, shape := range []boardShape{boardFull, boardLow, boardTall} {
			out = append(out, board{tag, shape, layersOf(l.all[tag].tag, shape, address)})
		}
	}
	return out
}

// all gives every character that the board has a key for.
func (b board) all() string {
	out := ""
	for _, at := range b.layers {
		out += strings.Join(at.rows, "")
	}
	return out
}

// lacks says for which letters of text there is no key.
func (b board) lacks(text string) string {
	keys := b.all()
	return strings.Map(func(r rune) rune {
		foreign := strings.HasPrefix(b.tag, "uk") && r < 'z' // names of things, such as PIN
		if !unicode.IsLetter(r) || r == 'º' || foreign || strings.ContainsRune(keys, r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
}

// Whatever is written in a language's own words can be typed there, in every
// shape of the keyboard, and every layer can be left.
func TestEveryLetterHasAKey(t *testing.T) {
	for _, b := range boards(t, false) {
		for _, at := range b.layers {
			all := strings.Join(at.rows, "")
			if !strings.HasSuffix(all, keyErase) || len(b.layers) > 1 && !strings.Contains(all, keyLayer) {
				t.Errorf("%s, shape %d: the layer %q has no erase, or no way on", b.tag, b.shape, at.name)
			}
		}
		base, _, _ := strings.Cut(b.tag, "-")
		for key, text := range flat(catalogue(t, base)) {
			if missing := b.lacks(text); missing != "" {
				t.Errorf("%s, shape %d: there is no key for %q of %s", b.tag, b.shape, missing, key)
			}
		}
		if strings.Trim("1234567890 -\b", b.all()) != "" {
			t.Errorf("%s, shape %d: a digit, the space or the hyphen has no key: %q", b.tag, b.shape, b.all())
		}
	}
}

func TestAddressesCanBeTypedInEveryLanguage(t *testing.T) {
	for _, b := range boards(t, true) {
		if left := strings.Trim("abcdefghijklmnopqrstuvwxyz0123456789.-:/_@", b.all()); left != "" {
			t.Errorf("%s, shape %d: there is no key in %q", b.tag, b.shape, left)
		}
	}
}

func TestKeysFit(t *testing.T) {
	most := map[boardShape]int{boardFull: 12, boardLow: 10, boardTall: 5}
	rows := map[boardShape]int{boardFull: 5, boardLow: 3, boardTall: 6}
	for _, b := range append(boards(t, false), boards(t, true)...) {
		for _, at := range b.layers {
			all := []rune(strings.Join(at.rows, ""))
			slices.Sort(all)
			if len(slices.Compact(slices.Clone(all))) != len(all) || len(all) > maxKeys || len(at.rows) > rows[b.shape] {
				t.Errorf("%s, shape %d: %q has two keys for one letter, or too many", b.tag, b.shape, at.rows)
			}
			if slices.ContainsFunc(at.rows, func(row string) bool { return len([]rune(row)) > most[b.shape] }) {
				t.Errorf("%s, shape %d: a row of %q is too long", b.tag, b.shape, at.rows)
			}
		}
	}
}

// On the Ukrainian keyboard a name in Latin letters is a few layers away.
func TestTypingInTwoScripts(t *testing.T) {
	for _, g := range glasses() {
		b := newBenchIn(t, g, spoken(t), "uk")
		b.toPeople()
		b.tap("search", "key_м")
		for range 5 {
			if o, _, _ := b.look("key_m"); o != nil {
				break
			}
			b.tap("key_layer")
		}
		b.tap("key_erase", "key_m")
		if got := b.k.people.field.text; got != "m" {
			t.Errorf("%s: typed %q", g.name, got)
		}
	}
}

func TestCapitals(t *testing.T) {
	l := spoken(t)
	for tag, want := range map[string]string{"tr": "İ", "en": "I", "uk": "I"} {
		if got := upper(l.all[tag].tag, "i"); got != want {
			t.Errorf("%s: %q", tag, got)
		}
	}
}

// What a keyboard types in one language finds names that are spelt in another.
func TestSearchFoldsWhatKeyboardsType(t *testing.T) {
	for typed, name := range map[string]string{
		"ilk": "İlknur Yıldız", "ilknur": "ILKNUR", "yildiz": "Elif Yıldız", "yıldız": "Elif Yildiz",
		"wojcik": "Tomasz Wójcik", "lukasz": "Łukasz Żak", "żak": "Łukasz Zak", "strasse": "Anna Straße", "weiß": "Karl Weiss",
		"юлія": "ЮЛІЯ Ґонта", "ґонта": "Юлія Ґонта", "іванна": "Іванна", "sevik": "Şevık", "ß": "Ssu", "müller": "Jan Muller",
	} {
		if !attendance.MatchSearch(attendance.SearchKey(name), typed) {
			t.Errorf("%q does not find %q", typed, name)
		}
	}
}
