package attendance

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SearchKey gives the form of a name that search compares: lower case, without
// accents, compatibility forms unified, words separated by one space.
// Apostrophes vanish (O'Neil is found as oneil); any other mark ends a word.
// Folding a key again changes nothing.
func SearchKey(name string) string {
	// Lower case may compose to something that decomposes further (and the other
	// way round), so fold to a fixed point; names need one or two rounds.
	key := fold(name)
	for range 4 {
		next := fold(key)
		if next == key {
			break
		}
		key = next
	}
	return key
}

func fold(s string) string {
	s = strings.ToLower(norm.NFKD.String(strings.ToLower(s)))
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case accent(r) || apostrophe(r) || unicode.Is(unicode.Cf, r):
			continue
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			spell(&b, r)
		default:
			gap = true
		}
	}
	return norm.NFKC.String(b.String())
}

// spell writes a letter as people type it: letters with a stroke and ligatures
// are not decomposed by Unicode, and the kiosk's keyboard does not have them.
func spell(b *strings.Builder, r rune) {
	switch r {
	case 'ß':
		b.WriteString("ss")
	case 'æ':
		b.WriteString("ae")
	case 'œ':
		b.WriteString("oe")
	case 'þ':
		b.WriteString("th")
	case 'ø':
		b.WriteByte('o')
	case 'ł':
		b.WriteByte('l')
	case 'đ', 'ð':
		b.WriteByte('d')
	case 'ħ':
		b.WriteByte('h')
	case 'ŧ':
		b.WriteByte('t')
	case 'ı':
		b.WriteByte('i')
	case 'ŋ':
		b.WriteByte('n')
	case 'ς':
		b.WriteRune('σ')
	default:
		b.WriteRune(r)
	}
}

// accent says whether r is a mark that readers leave out when they type: the
// combining marks of Latin, Greek and Cyrillic, and the vowel points of Hebrew
// and Arabic. Marks that make another letter (Devanagari vowels, kana voicing)
// stay.
func accent(r rune) bool {
	return r >= 0x0300 && r <= 0x036f || r >= 0x0591 && r <= 0x05c7 && unicode.IsMark(r) ||
		r >= 0x064b && r <= 0x0652 || r == 0x0670
}

func apostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', 'ʻ', '`', '´', '′':
		return true
	}
	return false
}

// MatchSearch says whether every word of query starts some word of key, which
// is a SearchKey: of a name, or of a name and a staff number. A query without
// words matches everybody.
func MatchSearch(key, query string) bool {
	names := strings.Fields(key)
	for _, q := range strings.Fields(SearchKey(query)) {
		if !anyPrefix(names, q) {
			return false
		}
	}
	return true
}

func anyPrefix(words []string, prefix string) bool {
	for _, w := range words {
		if strings.HasPrefix(w, prefix) {
			return true
		}
	}
	return false
}
