package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Word is something that can stand where the cursor is.
type Word struct {
	Text string
	Help string // one line; may be empty
}

// Values knows the words that a program's own things are called by. Kind is what
// the help calls the value, in lower case: kiosk, person, team. It gives nil for
// kinds it does not know, and must be quick: somebody waits with a finger on Tab.
type Values func(ctx context.Context, kind, begun string) []Word

// complete gives what the last of words, which may be empty, can become. Before it
// stand the words typed so far, without the program's name.
func complete(ctx context.Context, app *kong.Node, values Values, words []string) []Word {
	if len(words) == 0 {
		words = []string{""}
	}
	begun := words[len(words)-1]
	at := place{node: app}
	for _, w := range words[:len(words)-1] {
		at.read(w)
	}
	var all []Word
	switch {
	case at.waits != nil:
		all = wordsOf(ctx, at.waits, at.waits.Flag.PlaceHolder, values, begun)
	case strings.HasPrefix(begun, "-") && !at.ended:
		all = at.flagWords()
	default:
		all = at.verbs()
		if p := at.positional(); p != nil {
			all = append(all, wordsOf(ctx, p, p.Name, values, begun)...)
		}
	}
	return slices.DeleteFunc(all, func(w Word) bool { return !strings.HasPrefix(fold(w.Text), fold(begun)) })
}

func fold(s string) string { return strings.ToLower(s) }

// place is where in a command line the cursor stands.
type place struct {
	node  *kong.Node
	taken int         // how many positional values have been given
	waits *kong.Value // the flag whose value comes next, or nil
	ended bool        // by --: no flags from here on
}

// read goes on over one finished word.
func (p *place) read(w string) {
	switch {
	case p.waits != nil:
		p.waits = nil
	case w == "--" && !p.ended:
		p.ended = true
	case strings.HasPrefix(w, "-") && len(w) > 1 && !p.ended:
		f := p.flag(w)
		if f != nil && !f.IsBool() && !f.IsCounter() && !strings.Contains(w, "=") {
			p.waits = f.Value
		}
	default:
		child := p.child(w)
		if child == nil || p.taken > 0 {
			p.taken++
			return
		}
		p.node = child
	}
}

func (p *place) child(name string) *kong.Node {
	for _, c := range p.node.Children {
		if c.Name == name || slices.Contains(c.Aliases, name) {
			return c
		}
	}
	return nil
}

// flags gives all that can stand here: those of the verb, of what it stands in,
// and of what runs where no further verb is given.
func (p *place) flags() []*kong.Flag {
	n := p.node
	for n.DefaultCmd != nil {
		n = n.DefaultCmd
	}
	var out []*kong.Flag
	for ; n != nil; n = n.Parent {
		out = append(out, n.Flags...)
	}
	return out
}

func (p *place) flag(w string) *kong.Flag {
	name, _, _ := strings.Cut(w, "=")
	for _, f := range p.flags() {
		if name == "--"+f.Name || f.Short != 0 && name == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

func (p *place) flagWords() []Word {
	var out []Word
	for _, f := range p.flags() {
		if !f.Hidden {
			out = append(out, Word{"--" + f.Name, f.Help})
		}
	}
	return out
}

func (p *place) verbs() []Word {
	if p.taken > 0 {
		return nil
	}
	var out []Word
	for _, c := range p.node.Children {
		if !c.Hidden {
			out = append(out, Word{c.Name, c.Help})
		}
	}
	return out
}

// positional gives the value that stands here, or nil. The last takes all the rest
// where it may be given several times.
func (p *place) positional() *kong.Positional {
	n := p.node
	for len(n.Positional) == 0 && n.DefaultCmd != nil {
		n = n.DefaultCmd
	}
	switch k := len(n.Positional); {
	case p.taken < k:
		return n.Positional[p.taken]
	case k > 0 && n.Positional[k-1].IsCumulative():
		return n.Positional[k-1]
	}
	return nil
}

// wordsOf gives the values that v can have: those it lists, or the program's own.
func wordsOf(ctx context.Context, v *kong.Value, kind string, values Values, begun string) []Word {
	if v.Enum != "" {
		var out []Word
		for _, e := range v.EnumSlice() {
			if e != "" {
				out = append(out, Word{Text: e})
			}
		}
		return out
	}
	if values == nil {
		return nil
	}
	return values(ctx, fold(kind), begun)
}

// completeCmd is what the shells call, once for each press of Tab.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// Run prints a line for each word: the word, a tab, its help.
func (c *completeCmd) Run(ctx context.Context, k *kong.Context, l *Line) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	var b strings.Builder
	for _, w := range complete(ctx, k.Model.Node, l.Values, words) {
		fmt.Fprintf(&b, "%s\t%s\n", Clean(w.Text), Clean(w.Help))
	}
	_, err := fmt.Fprint(l.Out, b.String())
	return err
}
