package command

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/timepost/timepost/internal/problem"
)

// Line is one program's command line.
type Line struct {
	Name        string
	Description string
	Version     string        // what --version prints after the name
	Verbs       any           // a pointer to kong's struct of verbs and flags
	Section     int           // of the manual: 1 for people's programs, 8 for a system's
	Values      Values        // for completion; nil: only what the verbs say
	Options     []kong.Option // bindings and variables of the program's own
	Out, Err    io.Writer
}

// versioned gives every program the flag by which it names itself.
type versioned struct {
	Version kong.VersionFlag `help:"Print the program's version."`
}

// Run parses args, runs the verb and gives the exit code. No words at all ask
// for help. Help and usage errors never leave the process, so that tests can
// start the same program. The verb's Run may take the context.
func (l Line) Run(ctx context.Context, args []string) int {
	exit := -1
	parser, err := kong.New(l.Verbs, append([]kong.Option{
		kong.Name(l.Name),
		kong.Description(l.Description),
		kong.Writers(l.Out, l.Err),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&l),
		kong.DynamicCommand("completion", "Print what makes your shell complete the words of "+l.Name+".", "", &completionCmd{program: l.Name}),
		kong.DynamicCommand("complete", "Say what the last word can become, for a shell.", "", &completeCmd{}, `hidden:""`),
		kong.DynamicCommand("manual", "Print the man page.", "", &manualCmd{}, `hidden:""`),
		kong.Embed(&versioned{}),
		kong.Vars{"version": strings.TrimSpace(l.Name + " " + l.Version)},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true}),
	}, l.Options...)...)
	if err != nil {
		return l.report(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	words, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		return l.report(problem.New(problem.Invalid, sentence(err.Error()), "Run: "+l.Name+" --help"))
	}
	return l.report(words.Run())
}

// report tells the person what went wrong: the message, the next step, and for
// the operator the cause. A command that was stopped has not failed.
func (l Line) report(err error) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	p := problem.From(err)
	lines := []string{p.Message}
	if p.Hint != "" {
		lines = append(lines, p.Hint)
	}
	switch {
	case p.Err != nil:
		lines = append(lines, "cause: "+p.Err.Error())
	case p.Code == problem.Internal:
		lines = append(lines, "cause: "+err.Error())
	}
	var text strings.Builder
	for i, line := range lines {
		head := l.Name + ": "
		if i > 0 {
			head = strings.Repeat(" ", len(head))
		}
		text.WriteString(head + Clean(line) + "\n")
	}
	if _, werr := io.WriteString(l.Err, text.String()); werr != nil {
		return problem.Internal.ExitCode() // nobody can be told
	}
	return p.Code.ExitCode()
}

// Clean makes text from elsewhere safe for a terminal: control characters, and
// those that turn the direction of writing, are shown as replaced.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// sentence gives text with a capital letter and a full stop.
func sentence(s string) string {
	s = strings.TrimRight(strings.ReplaceAll(s, "\n", " "), ".")
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:] + "."
}
