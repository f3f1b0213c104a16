package ui

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// boardShape is how much room a keyboard has. Keys are at least 12 mm wide.
type boardShape int

const (
	boardFull boardShape = iota // all at once, as on a desk
	boardLow                    // three rows of ten: what else there is comes in layers
	boardTall                   // five to a row, in the order of the alphabet
)

// layer is the keys that are there at one time. The key that changes layers shows
// the name of the next.
type layer struct {
	name string
	rows []string
}

// alphabet is the letters that a language is typed with, as its people know them
// from other keyboards.
type alphabet struct {
	full []string // five rows of at most twelve; the last has the space and erase
	low  []string // three rows of ten, ten and seven or eight
	tall []string // rows of five, then what shares the last row with other keys
	more string   // letters that have no key where there is little room
}

func latin() alphabet {
	return alphabet{
		full: []string{"1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm.:/", "@_ \b"},
		low:  []string{"qwertyuiop", "asdfghjkl-", "zxcvbnm"},
		tall: []string{"abcde", "fghij", "klmno", "pqrst", "uvwxy", "z"},
	}
}

// alphabetOf gives the letters of a language. For addresses it gives only such as
// addresses are made of, in the order of the language's keyboards.
func alphabetOf(tag language.Tag, address bool) alphabet {
	a := latin()
	base, _ := tag.Base()
	full, more := "", ""
	switch base.String() {
	case "de":
		a.low = []string{"qwertzuiop", "asdfghjkl-", "yxcvbnm"}
		full, more = "1234567890ß?|qwertzuiopü'|asdfghjklöä-|yxcvbnm.:/é|@_ \b", "äöüßéèáàâôç"
	case "es":
		full, more = "1234567890¿?|qwertyuiopáé|asdfghjklñíó|zxcvbnm.-:/ú|@_ü \b", "ñáéíóúü¿?¡!"
	case "fr":
		a.low = []string{"azertyuiop", "qsdfghjklm", "wxcvbn-"}
		full, more = "1234567890éè|azertyuiopàâ|qsdfghjklmùû|wxcvbn'çêëîï|@_-.:/ôœ \b", "éèêëàâçùûîïôœ'"
	case "it":
		full, more = "1234567890?'|qwertyuiopèé|asdfghjklòàù|zxcvbnm.-:/ì|@_ \b", "àèéìòù'?"
	case "nl":
		full, more = "1234567890?'|qwertyuiopëé|asdfghjkl-ïö|zxcvbnm.:/üá|@_ \b", "ëéèïöüáóú'"
	case "pl":
		full, more = "1234567890?'|qwertyuiopęó|asdfghjklłąś|zxcvbnm-żźćń|@_.:/ \b", "ąćęłńóśźż"
	case "pt":
		full, more = "1234567890?'|qwertyuiopãõ|asdfghjklçáé|zxcvbnm-âêôó|@_.:/íúà \b", "ãõçáéíóúâêôà"
	case "tr":
		a.low = []string{"qwertyuıop", "asdfghjkli", "zxcvbnm"}
		a.tall = []string{"abcde", "fghıi", "jklmn", "opqrs", "tuvwx", "yz"}
		full, more = "1234567890?'|qwertyuıopğü|asdfghjklşi-|zxcvbnmöç.:/|@_âîû \b", "ğüşöçâîû'"
	case "uk":
		if !address {
			a.low = []string{"йцукенгшщз", "фівапролдж", "ячсмить"}
			a.tall = []string{"абвгд", "ежзиі", "йклмн", "опрст", "ухчшь", "юя"}
			full, more = "1234567890'ґ|йцукенгшщзхї|фівапролджє-|ячсмитьбю.:/|\x0e@_ \b", "ґєїхюбфцщ'"
		}
	}
	switch {
	case address && base.String() == "tr":
		return latin() // where i is between u and o
	case address && a.low[0] == "azertyuiop":
		a.full = strings.Split("1234567890|azertyuiop|qsdfghjklm|wxcvbn-.:/|@_ \b", "|")
	case address && a.low[0] == "qwertzuiop":
		a.full = strings.Split("1234567890|qwertzuiop|asdfghjkl-|yxcvbnm.:/|@_ \b", "|")
	case !address && full != "":
		a.full, a.more = strings.Split(full, "|"), more
	}
	return a
}

// layersOf gives the layers of a keyboard for a language.
func layersOf(tag language.Tag, shape boardShape, address bool) []layer {
	a := alphabetOf(tag, address)
	out := a.layers(shape, address)
	if a.low[0] == "йцукенгшщз" { // names in Latin letters are found, too
		abc := latin()
		if shape == boardFull {
			abc.full[4] = "\x0e" + abc.full[4]
		}
		out = append(out, abc.layers(shape, address)[0])
	}
	return out
}

// layers gives the alphabet, what letters it has besides, and what is none, in as
// many layers as it takes.
func (a alphabet) layers(shape boardShape, address bool) []layer {
	name := string([]rune(a.tall[0])[:3])
	last := " \b" // of a short layer: people type words, machines have dots
	if address {
		last = ".\b"
	}
	switch shape {
	case boardFull:
		return []layer{{name, a.full}}
	case boardLow:
		out := []layer{{name, []string{a.low[0], a.low[1], "\x0e" + a.low[2] + last}}}
		return append(append(out, a.others(10)...), layer{"123", []string{"1234567890", ".-:/@_+#?=", "\x0e &%~\b"}})
	}
	end := len(a.tall) - 1
	letters := append(append([]string{}, a.tall[:end]...), "\x0e"+a.tall[end]+last)
	if len(a.tall[end]) == 1 {
		letters[end] = "\x0e" + a.tall[end] + "-" + last
	}
	out := append([]layer{{name, letters}}, a.others(5)...)
	return append(out, layer{"123", []string{"12345", "67890", ".-:/@", "_+#?=", "&%~!'", "\x0e \b"}})
}

// others is the layer of the letters without a key, width to a row.
func (a alphabet) others(width int) []layer {
	if a.more == "" {
		return nil
	}
	all := []rune(a.more)
	l := layer{name: string(all[:2])}
	for len(all) > 0 {
		n := min(width, len(all))
		l.rows = append(l.rows, string(all[:n]))
		all = all[n:]
	}
	l.rows = append(l.rows, "\x0e- \b")
	return []layer{l}
}

// upper makes capitals as a language does: in Turkish the i keeps its dot.
func upper(tag language.Tag, s string) string {
	return cases.Upper(tag).String(s)
}
