package fleet

import (
	"slices"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// Language is one that a kiosk's screen may be set to.
type Language struct {
	Tag  string // BCP 47
	Name string // as its speakers write it
}

// Languages gives those that a kiosk may be set to: every one that its screen
// speaks.
func Languages() []Language {
	return []Language{
		{"de", "Deutsch"},
		{"en", "English"},
		{"es", "Español"},
		{"fr", "Français"},
		{"it", "Italiano"},
		{"nl", "Nederlands"},
		{"pl", "Polski"},
		{"pt", "Português"},
		{"tr", "Türkçe"},
		{"uk", "Українська"},
	}
}

func checkLang(tag string) error {
	if tag == "" || slices.ContainsFunc(Languages(), func(l Language) bool { return l.Tag == tag }) {
		return nil
	}
	var tags []string
	for _, l := range Languages() {
		tags = append(tags, l.Tag)
	}
	return problem.New(problem.Invalid, "A kiosk has no such language.", "Choose one of "+strings.Join(tags, ", ")+".").With("field", "lang")
}
