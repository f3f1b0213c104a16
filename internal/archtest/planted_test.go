package archtest_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/timepost/timepost/internal/archtest"
)

// plant is a small repository in which one rule is broken.
type plant struct {
	rule  string
	files map[string]string
	want  string // part of the only violation; "" for a repository that obeys
}

const own = `import _ "github.com/timepost/timepost/`

// in gives a repository of one file. The package name is the folder's.
func in(path, body string) map[string]string { return map[string]string{path: body} }

// TestPlantedViolations shows that every rule can fail, and that what is allowed
// passes.
func TestPlantedViolations(t *testing.T) {
	t.Parallel()
	rules := make(map[string]archtest.Rule)
	for _, r := range archtest.Rules() {
		rules[r.Name] = r
	}
	broken := make(map[string]bool)
	plants := borders()
	maps.Copy(plants, shapes())
	maps.Copy(plants, manners())
	for name, p := range plants {
		if p.want != "" {
			broken[p.rule] = true
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.check(t, rules[p.rule])
		})
	}
	for name := range rules {
		if !broken[name] {
			t.Errorf("no planted violation breaks the rule %q", name)
		}
	}
}

func (p plant) check(t *testing.T, rule archtest.Rule) {
	t.Helper()
	fsys := make(fstest.MapFS)
	for path, source := range p.files {
		fsys[path] = &fstest.MapFile{Data: []byte(source)}
	}
	tree, err := archtest.Parse(fsys)
	if err != nil {
		t.Fatal(err)
	}
	found := rule.Check(tree)
	switch {
	case p.want == "" && len(found) > 0:
		t.Errorf("rule %q refuses what is allowed: %v", p.rule, found)
	case p.want != "" && len(found) != 1:
		t.Errorf("rule %q found %v, want exactly one violation", p.rule, found)
	case p.want != "" && !strings.Contains(found[0].String(), p.want):
		t.Errorf("rule %q said %q, want %q in it", p.rule, found[0], p.want)
	}
}

func TestParseLeavesOut(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"a/a.go":             {Data: []byte("package a")},
		"a/testdata/b.go":    {Data: []byte("not Go")},
		"tool/go.mod":        {Data: []byte("module tool")},
		"tool/main.go":       {Data: []byte("not Go")},
		".hidden/b.go":       {Data: []byte("not Go")},
		".ci/run":            {Data: []byte("make test")},
		"build/generated.go": {Data: []byte("not Go")},
	}
	tree, err := archtest.Parse(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) != 1 || tree.Files[0].Path != "a/a.go" || len(tree.Texts) != 1 {
		t.Errorf("Parse gave %d Go files and %d texts, want a/a.go and .ci/run", len(tree.Files), len(tree.Texts))
	}
	fsys["a/broken.go"] = &fstest.MapFile{Data: []byte("package")}
	if _, err := archtest.Parse(fsys); err == nil {
		t.Error("Parse accepted a file that is not Go")
	}
}
