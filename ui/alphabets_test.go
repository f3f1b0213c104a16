package ui

import (
	"strings"
	"testing"
	"unicode"

	"github.com/timepost/timepost/attendance"
)

// Whatever is written in a language's own words can be typed there, in every
// shape of the keyboard, and every layer can be left.
func TestEveryLetterHasAKey(t *testing.T) {
	l := spoken(t)
	for _, tag := range l.Tags() {
		base, _, _ := strings.Cut(tag, "-")
		for _, shape := range []boardShape{boardFull, boardLow, boardTall} {
			keys, layers := map[rune]bool{}, layersOf(l.all[tag].tag, shape, false)
			for _, at := range layers {
				for _, row := range at.rows {
					for _, r := range row {
						keys[r] = true
					}
				}
				if all := strings.Join(at.rows, ""); !strings.HasSuffix(all, keyErase) || len(layers) > 1 && !strings.Contains(all, keyLayer) {
					t.Errorf("%s, shape %d: the layer %q has no erase, or no way on", tag, shape, at.name)
				}
			}
			for key, text := range flat(catalogue(t, base)) {
				for _, r := range strings.ToLower(text) {
					if unicode.IsLetter(r) && !keys[r] && r != 'º' && !(base == "uk" && r < 'z') {
						t.Errorf("%s, shape %d: there is no key for %q of %s", tag, shape, r, key)
					}
				}
			}
			for _, r := range "1234567890 -\b" {
				if !keys[r] {
					t.Errorf("%s, shape %d: there is no key for %q", tag, shape, r)
				}
			}
		}
	}
}

func TestAddressesCanBeTypedInEveryLanguage(t *testing.T) {
	l := spoken(t)
	for _, tag := range l.Tags() {
		for _, shape := range []boardShape{boardFull, boardLow, boardTall} {
			all := ""
			for _, at := range layersOf(l.all[tag].tag, shape, true) {
				all += strings.Join(at.rows, "")
			}
			for _, r := range "abcdefghijklmnopqrstuvwxyz0123456789.-:/_@" {
				if !strings.ContainsRune(all, r) {
					t.Errorf("%s, shape %d: there is no key for %q", tag, shape, r)
				}
			}
		}
	}
}

func TestKeysFit(t *testing.T) {
	l := spoken(t)
	most := map[boardShape]int{boardFull: 12, boardLow: 10, boardTall: 5}
	rows := map[boardShape]int{boardFull: 5, boardLow: 3, boardTall: 6}
	for _, tag := range l.Tags() {
		for shape, n := range most {
			for _, address := range []bool{false, true} {
				for _, at := range layersOf(l.all[tag].tag, shape, address) {
					seen := map[rune]bool{}
					for _, r := range strings.Join(at.rows, "") {
						if seen[r] {
							t.Errorf("%s, shape %d: two keys for %q", tag, shape, r)
						}
						seen[r] = true
					}
					for _, row := range at.rows {
						if len([]rune(row)) > n || len(at.rows) > rows[shape] || len(seen) > maxKeys {
							t.Errorf("%s, shape %d: %q is too much", tag, shape, at.rows)
						}
					}
				}
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
