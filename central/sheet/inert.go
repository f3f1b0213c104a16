package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The signs that begin a formula, also as full-width and as small forms, which
// programs turn into the plain ones.
const signs = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"

// What a spreadsheet may split by, beside the comma that the file uses. A comma
// within a cell is quoted, and a program that splits by semicolons sees no cell
// in it; these it does see, because their cells are not quoted for it.
const splits = ";\t\r\n"

// inert gives text of which no spreadsheet runs any part: an apostrophe goes
// where a cell begins that would be read as a formula, that is in front and after
// each sign that some programs split by.
func inert(text string) string {
	if !strings.ContainsAny(text, signs+splits) {
		return text
	}
	var b strings.Builder
	if splitsAt(text) || runs(text) {
		b.WriteByte('\'')
	}
	for i, r := range text {
		b.WriteRune(r)
		if strings.ContainsRune(splits, r) && !splitsAt(text[i+1:]) && runs(text[i+1:]) {
			b.WriteByte('\'')
		}
	}
	return b.String()
}

// runs says whether a cell of this text is read as a formula. Programs skip
// spaces, quotes, and what nobody sees.
func runs(text string) bool {
	rest := strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) ||
			r == '"' || r == unicode.ReplacementChar
	})
	first, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && strings.ContainsRune(signs, first)
}

// splitsAt says whether text begins with what programs split lines or cells by.
func splitsAt(text string) bool { return text != "" && strings.IndexByte(splits, text[0]) >= 0 }
