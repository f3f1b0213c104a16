package badge

import (
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// MaxRead is how many characters a read may have.
const MaxRead = 32

const textMark = "text:"

// Canonical is a card's name in the form that the package describes.
type Canonical string

// Parse gives the card that a reader typed, or that a person types from a card.
// Spaces around it do not count. It refuses with problem.Invalid (detail field
// badge) what is empty, longer than MaxRead, or has characters that no reader
// types: anything but printable ASCII.
func Parse(read string, t Transform) (Canonical, error) {
	read = strings.TrimSpace(read)
	if t.format() == Auto {
		if text, marked := strings.CutPrefix(read, textMark); marked {
			read, t = text, Transform{Format: Text}
		}
	}
	if err := checkRead(read); err != nil {
		return "", err
	}
	read = strings.TrimSpace(t.strip(read))
	if read == "" {
		return "", bad("The badge's number is missing.", "Hold the card to the reader again.")
	}
	format := t.format()
	if format == Auto {
		format = guess(read)
	}
	if format == Text {
		return Canonical(textMark + read), nil
	}
	number, err := bytesOf(read, format)
	if err != nil {
		return "", err
	}
	return numbered(t.turn(number)), nil
}

// Valid says whether c is a canonical form.
func (c Canonical) Valid() bool {
	again, err := Parse(string(c), Transform{})
	return err == nil && again == c
}

// Learnable refuses, with problem.Invalid (detail field badge), a card that can't
// belong to anybody: phones and some bank cards show another number each time, four
// bytes of which the first is 08 (ISO/IEC 14443-3).
func (c Canonical) Learnable() error {
	if len(c) == len("08-00-00-00") && strings.HasPrefix(string(c), "08-") {
		return bad("This card or phone shows another number each time it is read.",
			"Use a card that keeps its number.")
	}
	return nil
}

func checkRead(read string) error {
	switch {
	case read == "":
		return bad("The badge's number is missing.", "Hold the card to the reader again.")
	case len(read) > MaxRead:
		return bad("The badge's number is too long.", "A number has at most 32 characters.")
	case strings.ContainsFunc(read, func(r rune) bool { return r < ' ' || r > '~' }):
		return bad("The badge's number has characters that no badge has.",
			"A number has letters, digits and signs only.")
	}
	return nil
}

func bad(message, hint string) error {
	return problem.New(problem.Invalid, message, hint).With("field", "badge")
}
