package audit_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/audit"
)

// Every action that the source records has words of its own.
func TestEveryActionHasWords(t *testing.T) {
	t.Parallel()
	recorded := regexp.MustCompile(`Record\(ctx, tx, [^,\n]*, "([a-z]+(?:\.[a-z]+)*)"`)
	seen, words := 0, audit.NewWords()
	for _, dir := range []string{"..", "../../cmd"} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(os.DirFS(dir), path)
			for _, m := range recorded.FindAllSubmatch(text, -1) {
				action := string(m[1])
				seen++
				if words.Of(action).Area == "Other" {
					t.Errorf("%s records %q, which has no words in words.go", path, action)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 30 {
		t.Errorf("only %d places were found", seen)
	}
	once := map[string]bool{}
	for _, k := range audit.Kinds() {
		if once[k.Action] || k.Label == "" || k.Did == "" || k.Area == "" {
			t.Errorf("%+v: twice, or without words", k)
		}
		once[k.Action] = true
	}
	if k := words.Of("moon.land"); k.Did != "did moon.land:" || k.Label != "moon.land" {
		t.Errorf("an action without words: %+v", k)
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	for detail, want := range map[string][]audit.Fact{
		`null`: nil, `{}`: nil, `"late"`: {{Name: "Detail", After: "late"}}, `{broken`: {{Name: "Detail", After: "{broken"}},
		`{"name":"Bo <&> Co","people":12,"dry":false,"none":null}`: {{Name: "Dry", After: "no"}, {Name: "Name", After: "Bo <&> Co"}, {Name: "People", After: "12"}},
		`{"before":{"Name":"A","StaffNo":"1","Team":""},"after":{"Name":"B","StaffNo":"1","Team":"X"}}`: {
			{"Name", "A", "B"}, {"Team", "nothing", "X"},
		},
		`{"requires_pin":{"before":true,"after":false}}`:     {{"Requires pin", "yes", "no"}},
		`{"from":4,"to":6,"universal":2}`:                    {{Name: "From", After: "4"}, {Name: "To", After: "6"}, {Name: "Universal", After: "2"}},
		`{"StaffNo":["a","b"],"n":123456789012345678}`:       {{Name: "Staff no", After: "a, b"}, {Name: "N", After: "123456789012345678"}},
		`{"deep":{"x":{"before":1,"after":2,"more":"<b>"}}}`: {{Name: "Deep", After: `{"x":{"after":2,"before":1,"more":"<b>"}}`}},
	} {
		if d := cmp.Diff(want, audit.Facts(detail)); d != "" {
			t.Errorf("%s: %s", detail, d)
		}
	}
}

func FuzzFacts(f *testing.F) {
	for _, s := range []string{`null`, `{"before":{"a":1},"after":{"b":2}}`, `{"from":1,"to":{"x":[]}}`, `[[{}]]`, `{"":{"":""}}`, "{\"\xff\":1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, detail string) {
		for _, fact := range audit.Facts(detail) {
			if fact.Name == "" && fact.After == "" && fact.Before == "" {
				t.Errorf("%q: an empty fact", detail)
			}
		}
	})
}
