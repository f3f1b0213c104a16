package team_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/PINS.md names the tests that show each rule: all of them exist.
func TestThePageOfRulesNamesRealTests(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "PINS.md"))
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, name := range regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(page), -1) {
		missing["func "+name[1]+"("] = true
	}
	if len(missing) < 20 {
		t.Fatalf("%d tests are named", len(missing))
	}
	for _, dir := range []string{"attendance", "central", "cmd", "device", "e2e"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for name := range missing {
				if strings.Contains(string(text), name) {
					delete(missing, name)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range missing {
		t.Errorf("there is no %s", strings.TrimSuffix(strings.TrimPrefix(name, "func "), "("))
	}
}
