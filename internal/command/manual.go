package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// manualCmd prints the program's man page, from the same words as --help.
type manualCmd struct{}

// Run prints it.
func (manualCmd) Run(k *kong.Context, l *Line) error {
	_, err := fmt.Fprint(l.Out, manual(k.Model.Node, l.Section))
	return err
}

// manual writes a man page in roff.
func manual(app *kong.Node, section int) string {
	m := &page{}
	text := strings.Split(strings.TrimSpace(app.Help), "\n")
	about := strings.TrimSuffix(text[0], ".")
	m.macro(".TH", strings.ToUpper(app.Name), fmt.Sprint(section), "", "Timepost", "Timepost")
	m.heading("NAME")
	m.line(app.Name + ` \- ` + escape(strings.ToLower(about[:1])+about[1:]))
	m.heading("SYNOPSIS")
	m.macro(".B", app.Name)
	m.line(`\fICOMMAND\fR [\fIOPTION\fR]...`)
	m.heading("DESCRIPTION")
	m.prose(strings.Join(text[1:], "\n"))
	m.heading("COMMANDS")
	for _, leaf := range app.Leaves(true) {
		m.verb(leaf)
	}
	m.heading("OPTIONS")
	m.flags(app.Flags)
	if env := variables(app); len(env) > 0 {
		m.heading("ENVIRONMENT")
		m.flagsAs(env)
	}
	return m.String()
}

// variables are the flags that the environment can give, each name once.
func variables(app *kong.Node) map[string]string {
	out := map[string]string{}
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		for _, f := range n.Flags {
			for _, e := range f.Envs {
				out[e] = f.Help
			}
		}
		for _, c := range n.Children {
			visit(c)
		}
	}
	visit(app)
	return out
}

// page is a man page that is being written.
type page struct{ strings.Builder }

func (m *page) line(s string) { m.WriteString(s + "\n") }

func (m *page) heading(s string) { m.macro(".SH", s) }

func (m *page) macro(name string, args ...string) {
	for i, a := range args {
		args[i] = `"` + escape(a) + `"`
	}
	m.line(name + " " + strings.Join(args, " "))
}

// verb tells of one command: how it is called, what it does, its flags.
func (m *page) verb(n *kong.Node) {
	m.macro(".SS", n.FullPath()+arguments(n))
	m.prose(n.Help)
	for _, p := range n.Positional {
		m.item(`\fI`+escape(p.Name)+`\fR`, p.Help)
	}
	m.flags(n.Flags)
	if n.Detail != "" {
		m.line(".PP")
		m.prose(n.Detail)
	}
}

func arguments(n *kong.Node) string {
	var b strings.Builder
	for _, p := range n.Positional {
		b.WriteString(" " + p.Summary())
	}
	return b.String()
}

func (m *page) flags(flags []*kong.Flag) {
	for _, f := range flags {
		if !f.Hidden {
			m.item(`\fB`+escape(f.String())+`\fR`, f.Help)
		}
	}
}

func (m *page) flagsAs(env map[string]string) {
	names := make([]string, 0, len(env))
	for name := range env {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		m.item(`\fB`+name+`\fR`, env[name])
	}
}

func (m *page) item(head, text string) {
	m.line(".TP")
	m.line(head)
	m.prose(text)
}

// prose writes paragraphs; what is indented stands as it is.
func (m *page) prose(text string) {
	as := false // inside an example
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		line = strings.TrimRight(line, "\n ")
		example := strings.HasPrefix(line, "  ")
		switch {
		case example && !as:
			m.line(".PP\n.nf\n.RS 2")
		case !example && as && line != "":
			m.line(".RE\n.fi\n.PP")
		case line == "" && !as:
			m.line(".PP")
		}
		if line != "" {
			as = example
			m.line(escape(strings.TrimPrefix(line, "  ")))
		}
	}
	if as {
		m.line(".RE\n.fi")
	}
}

// escape makes text mean itself in roff.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`, "'", `\(aq`, "’", `\(cq`, "“", `\(lq`, "”", `\(rq`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}
