package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Theme is the look of the kiosk as a Fyne theme: our fonts and colours. The
// widgets here paint themselves; the theme is what remains around them, and
// what gives names in other scripts their fallback fonts.
type Theme struct {
	fonts   fontSet
	base    fyne.Theme
	palette palette // for the main goroutine only, once it is in use
}

// NewTheme loads the embedded fonts.
func NewTheme() (*Theme, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	return &Theme{fonts, theme.DefaultTheme(), lightPalette()}, nil
}

// Color satisfies fyne.Theme.
func (t *Theme) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch n {
	case theme.ColorNameBackground:
		return t.palette.dyed(paper)
	case theme.ColorNameForeground:
		return t.palette.dyed(ink)
	case theme.ColorNamePrimary:
		return t.palette.dyed(accent)
	}
	return t.base.Color(n, theme.VariantLight)
}

// Font satisfies fyne.Theme: bold is the semi-bold cut.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	if s.Bold {
		return t.fonts.bold
	}
	return t.fonts.regular
}

// Icon satisfies fyne.Theme.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return t.base.Icon(n) }

// Size satisfies fyne.Theme.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNamePadding:
		return 0
	case theme.SizeNameText:
		return emFor(capBody)
	}
	return t.base.Size(n)
}
