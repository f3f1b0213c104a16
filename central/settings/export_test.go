package settings

import "strconv"

// Redraw is what SetLogo does to a file.
func Redraw(file []byte) ([]byte, error) { return redraw(file) }

// Contrast is that of two colours, #rrggbb.
func Contrast(a, b string) float64 { return shadeOf(a).contrast(shadeOf(b)) }

func shadeOf(s string) shade {
	v, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		panic(err)
	}
	return shade{float64(v >> 16), float64(v >> 8 & 0xff), float64(v & 0xff)}
}
