package sheet

import (
	"strconv"
	"strings"
)

// number reads a plain decimal number, such as -7 or 8.50. What a spreadsheet
// would not give back as it was, with leading zeros or more digits than it keeps,
// is no number.
func number(text string) (float64, bool) {
	plain := text
	if strings.Contains(text, ".") {
		plain = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || len(plain) > 15 || strings.HasSuffix(text, ".") || strconv.FormatFloat(n, 'f', -1, 64) != plain {
		return 0, false
	}
	return n, !strings.ContainsAny(text, "NaInf")
}
