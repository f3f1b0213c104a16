package ui

import (
	"embed"
	"fmt"

	"fyne.io/fyne/v2"
)

// fontFiles holds IBM Plex Sans (SIL Open Font Licence, fonts/OFL.txt). Its
// digits are all of one width, so a clock does not twitch.
//
//go:embed fonts/*.ttf
var fontFiles embed.FS

// fontSet is the three weights in use.
type fontSet struct{ light, regular, bold fyne.Resource }

func loadFonts() (fontSet, error) {
	var set fontSet
	for name, to := range map[string]*fyne.Resource{
		"IBMPlexSans-Light.ttf": &set.light, "IBMPlexSans-Regular.ttf": &set.regular, "IBMPlexSans-SemiBold.ttf": &set.bold,
	} {
		b, err := fontFiles.ReadFile("fonts/" + name)
		if err != nil {
			return fontSet{}, fmt.Errorf("read embedded font: %w", err)
		}
		*to = fyne.NewStaticResource(name, b)
	}
	return set, nil
}
