package attendance

import (
	"fmt"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// NumberedName puts a number into a pattern: at {n}, with zeros before it where there
// are more n's. A pattern without one is problem.Invalid with the field "names".
func NumberedName(pattern string, n int) (string, error) {
	before, rest, ok := strings.Cut(pattern, "{n")
	digits, after, closed := strings.Cut(rest, "}")
	if !ok || !closed || strings.Trim(digits, "n") != "" || len(digits) > 5 {
		return "", problem.New(problem.Invalid, "The names have no place for a number.", "Write {n} where the number goes, such as Gate {n}; {nnn} for 001.").With("field", "names")
	}
	return fmt.Sprintf("%s%0*d%s", before, len(digits)+1, n, after), nil
}
