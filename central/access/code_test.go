package access

import (
	"strings"
	"testing"
)

func FuzzFoldCode(f *testing.F) {
	for _, s := range []string{"ABCD-EFGH-JKMN-PQRS", "abcd efgh jkmn pqrs", "OIL0-1111-2222-3333", "", "----", "ABCD-EFGH-JKMN-PQRU", strings.Repeat("A", 17), "ÄBCD-EFGH-JKMN-PQRS"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code := foldCode(typed)
		if code == "" {
			return
		}
		if len(code) != codeLen || strings.Trim(code, codeLetters) != "" || foldCode(code) != code || foldCode(strings.ToLower(code)) != code {
			t.Fatalf("%q became %q", typed, code)
		}
	})
}
