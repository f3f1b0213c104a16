package command_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/timepost/timepost/internal/command"
)

type shop struct {
	JSON bool    `name:"json" help:"For programs."`
	Buy  buyCmd  `cmd:"" help:"Buy fruit."`
	Sell sellCmd `cmd:"" help:"Sell fruit."`
	Work workCmd `cmd:"" hidden:"" help:"Not shown."`
}

type buyCmd struct {
	List  listCmd  `cmd:"" default:"withargs" help:"List."`
	Fruit fruitCmd `cmd:"" aliases:"f" help:"One."`
}

type listCmd struct {
	Colour string `short:"c" enum:"red,green," default:"" help:"Of this colour."`
}

type fruitCmd struct {
	Name  string   `arg:"" help:"Which."`
	Shops []string `arg:"" optional:"" help:"Where."`
	Until string   `placeholder:"DAY" help:"How long."`
}

type (
	sellCmd struct{}
	workCmd struct{}
)

// Run does nothing.
func (*listCmd) Run() error { return nil }

// Run does nothing.
func (*fruitCmd) Run() error { return nil }

// Run does nothing.
func (*sellCmd) Run() error { return nil }

// Run does nothing.
func (*workCmd) Run() error { return nil }

func tab(t testing.TB, words ...string) []string {
	t.Helper()
	values := func(_ context.Context, kind, _ string) []command.Word {
		switch kind {
		case "name":
			return []command.Word{{Text: "apple"}, {Text: "Äpfel"}}
		case "shops":
			return []command.Word{{Text: "Corner shop"}}
		case "day":
			return []command.Word{{Text: "today"}}
		}
		return nil
	}
	var out, told bytes.Buffer
	line := command.Line{Name: "shop", Description: "Trades.", Verbs: &shop{}, Values: values, Out: &out, Err: &told}
	if code := line.Run(t.Context(), append([]string{"complete", "--"}, words...)); code != 0 || told.Len() > 0 {
		t.Errorf("%q: exit code %d, %s", words, code, told.String())
	}
	var found []string
	for l := range strings.Lines(out.String()) {
		text, _, ok := strings.Cut(l, "\t")
		if !ok || !strings.HasSuffix(l, "\n") {
			t.Errorf("%q: the line %q", words, l)
		}
		found = append(found, text)
	}
	return found
}

func TestTab(t *testing.T) {
	t.Parallel()
	for words, want := range map[string][]string{
		"":                            {"buy", "sell", "completion"},
		"b":                           {"buy"},
		"buy ":                        {"list", "fruit"},
		"buy --":                      {"--colour", "--help", "--json", "--version"}, // list's, which runs by itself
		"buy list --colour ":          {"red", "green"},
		"buy -c ":                     {"red", "green"},
		"buy --colour=red ":           {"list", "fruit"},
		"buy --json fru":              {"fruit"},
		"buy f ":                      {"apple", "Äpfel"},
		"buy f ä":                     {"Äpfel"},
		"buy fruit apple ":            {"Corner shop"},
		"buy fruit apple x ":          {"Corner shop"},
		"buy fruit --until t":         {"today"},
		"buy fruit --until today APP": {"apple"},
		"buy fruit -- --":             nil,
		"sell x ":                     nil,
		"nowhere ":                    nil,
		"--nothing buy fr":            {"fruit"},
		"wo":                          nil,
	} {
		got := tab(t, strings.Split(words, " ")...)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q becomes %q, want %q", words, got, want)
		}
	}
}

// Prevents: a half-typed line, whatever it is, that ends in a message in the
// middle of the screen.
func FuzzTab(f *testing.F) {
	for _, s := range []string{"", "buy f ", "buy --colour", "-", "--", "buy -- x", "--colour= x", "\x1b[31m ", "buy f a b c d e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsRune(line, 0) {
			return // no shell hands over that
		}
		tab(t, strings.Split(line, " ")...)
	})
}
