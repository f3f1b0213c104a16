package ui

import (
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

// updateVariable, when set, rewrites the goldens:
// TIMEPOST_UPDATE=1 go test ./ui -run TestGoldens
const updateVariable = "TIMEPOST_UPDATE"

// TestGoldens compares what each screen is made of, and where, with what it was
// made of when somebody last looked at it. A change here is no fault: look at
// the screen (TestPictures), then rewrite them.
func TestGoldens(t *testing.T) {
	for _, g := range glasses()[:2] {
		for _, sc := range scenes() {
			t.Run(g.name+"/"+sc.name, func(t *testing.T) {
				b := newBench(t, g)
				sc.set(b)
				path := filepath.Join("testdata", g.name, sc.name+".xml")
				got := test.RenderToMarkup(b.canvas)
				if os.Getenv(updateVariable) != "" {
					writeGolden(t, path, got)
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("the screen has changed (-golden +now):\n%s", diff)
				}
			})
		}
	}
}

func writeGolden(t *testing.T, path, markup string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(markup), 0o644); err != nil {
		t.Fatal(err)
	}
}
