package command_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type verbs struct {
	Go goCmd `cmd:"" help:"Go somewhere."`
}

type goCmd struct {
	How string `arg:"" help:"How to go."`
}

// Run ends as it was told to.
func (g *goCmd) Run(ctx context.Context) error {
	switch g.How {
	case "wrong":
		return fmt.Errorf("walk: %w", problem.New(problem.NotFound, "There is no way.", "Take another.").Because(errors.New("a \x1b[31mwall")))
	case "broken":
		return errors.New("leg")
	case "stopped":
		return fmt.Errorf("walk: %w", context.Canceled)
	}
	return ctx.Err()
}

func TestWhatThePersonIsToldAndTheExitCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		told []string
	}{
		{[]string{"go", "well"}, 0, nil},
		{[]string{"go", "stopped"}, 0, nil},
		{[]string{"go", "wrong"}, 66, []string{"walker: There is no way.\n        Take another.\n        cause: a \ufffd[31mwall\n"}},
		{[]string{"go", "broken"}, 70, []string{"cause: leg\n"}},
		{[]string{"fly"}, 64, []string{"walker: Unexpected argument fly.", "Run: walker --help"}},
		{nil, 0, nil},
	} {
		var out, told bytes.Buffer
		line := command.Line{Name: "walker", Description: "Walks.", Verbs: &verbs{}, Out: &out, Err: &told}
		if code := line.Run(t.Context(), c.args); code != c.code {
			t.Errorf("%v: exit code %d, want %d", c.args, code, c.code)
		}
		for _, want := range c.told {
			if !strings.Contains(told.String(), want) {
				t.Errorf("%v: told %q, want %q", c.args, told.String(), want)
			}
		}
		if c.told == nil && told.Len() > 0 {
			t.Errorf("%v: told %q", c.args, told.String())
		}
		if len(c.args) == 0 && !strings.Contains(out.String(), "Walks.") {
			t.Errorf("no help without words: %q", out.String())
		}
	}
}

func TestAProgramNamesItsVersion(t *testing.T) {
	t.Parallel()
	var out, told bytes.Buffer
	line := command.Line{Name: "walker", Description: "Walks.", Version: "1.2.3", Verbs: &verbs{}, Out: &out, Err: &told}
	if code := line.Run(t.Context(), []string{"--version"}); code != 0 || out.String() != "walker 1.2.3\n" || told.Len() > 0 {
		t.Errorf("exit code %d, out %q, told %q", code, out.String(), told.String())
	}
}
