package ui

import (
	"strings"

	"golang.org/x/text/language"
)

// secretLayers gives the layers of a keyboard for passwords: small letters, capitals,
// and every other sign that WPA takes (printable ASCII, IEEE 802.11i), whatever language
// is spoken; letters where the language's keyboards have them.
func secretLayers(tag language.Tag, shape boardShape) []layer {
	a := alphabetOf(tag, true)
	switch shape {
	case boardFull:
		small := []string{a.full[0], a.full[1], a.full[2], a.full[3], "\x0e_@ \b"}
		return []layer{{"abc", small}, {"ABC", capitals(small)}, {"#+=", []string{"1234567890", "!\"#$%&'()*", "+,-./:;<=>", "?@[\\]^_`{|", "\x0e}~ \b"}}}
	case boardLow:
		small := []string{a.low[0], a.low[1], "\x0e" + a.low[2] + " \b"}
		return []layer{
			{"abc", small}, {"ABC", capitals(small)}, {"123", []string{"1234567890", "!\"#$%&'()*", "\x0e+,-./:;\b"}},
			{"#+=", []string{"<=>?@[\\]^_", "`{|}~", "\x0e \b"}},
		}
	}
	small := []string{a.tall[0], a.tall[1], a.tall[2], a.tall[3], a.tall[4], "\x0e" + a.tall[5] + "- \b"}
	return []layer{
		{"abc", small}, {"ABC", capitals(small)}, {"123", []string{"12345", "67890", "!\"#$%", "&'()*", "+,-./", "\x0e:; \b"}},
		{"#+=", []string{"<=>?@", "[\\]^_", "`{|}~", "\x0e \b"}},
	}
}

// capitals gives the same rows with capitals.
func capitals(rows []string) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = strings.ToUpper(row) // ASCII: Turkish has no say in passwords
	}
	return out
}
