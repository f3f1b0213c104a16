package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
)

type reviewsCmd struct {
	List   reviewsListCmd   `cmd:"" default:"withargs" help:"Show what did not come in the usual way."`
	Decide reviewsDecideCmd `cmd:"" help:"Decide about one of them."`
}

// Help is shown by fleet reviews --help.
func (reviewsCmd) Help() string {
	return `Each is decided once and kept. A gap can only be accepted, once you know what happened.

  fleet reviews
  fleet reviews decide unlisted 4711 match --person p-17 --reason "it was Ben"
  fleet reviews --decided`
}

type reviewsListCmd struct {
	Decided bool `help:"Show what was decided instead."`
	Offset  int  `help:"Leave out so many." default:"0"`
	Limit   int  `help:"Show at most so many, 1 to 200." default:"100"`
}

// Run shows what there is to decide, or what was decided, the newest first.
func (l reviewsListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.Reviews(ctx, l.Decided, l.Offset, l.Limit)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	if len(got.Reviews) == 0 {
		fmt.Fprintln(c.out, "There is nothing.")
		return nil
	}
	rows := make([][]string, len(got.Reviews))
	for n, r := range got.Reviews {
		rows[n] = []string{r.Kind, r.Subject, command.Clean(r.KioskName), seqOf(r), claimOf(r), command.Clean(strings.TrimSpace(r.Decision + " " + r.Reason))}
	}
	table(c.out, []string{"KIND", "SUBJECT", "KIOSK", "RECORD", "PUNCH", "DECISION"}, rows)
	if got.More {
		fmt.Fprintf(c.out, "There are more: fleet reviews --offset %d\n", l.Offset+l.Limit)
	}
	return nil
}

func seqOf(r client.Review) string {
	text := strconv.FormatUint(r.Seq, 10)
	if r.To > r.Seq {
		text += "-" + strconv.FormatUint(r.To, 10)
	}
	return text
}

func claimOf(r client.Review) string {
	if r.Punch == nil {
		return ""
	}
	name := r.Punch.PersonName
	switch {
	case r.Punch.TypedName != "":
		name = "typed " + r.Punch.TypedName
	case name == "":
		name = "unknown " + r.Punch.Person
	}
	return command.Clean(name + ", " + r.Punch.Action + ", " + r.Punch.At.UTC().Format(time.RFC3339))
}

type reviewsDecideCmd struct {
	Kind     string `arg:"" help:"The kind, as the list shows it."`
	Subject  string `arg:"" help:"The subject, as the list shows it."`
	Decision string `arg:"" help:"match, accept or refuse." enum:"match,accept,refuse"`
	Person   string `help:"Whose punch it is, with match: a person's id."`
	Reason   string `help:"Why, 3 to 200 characters." required:""`
}

// Run decides.
func (d reviewsDecideCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	got, err := api.Decide(ctx, d.Kind, d.Subject, client.Verdict{Decision: d.Decision, Person: d.Person, Reason: d.Reason})
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	fmt.Fprintln(c.out, "Decided.")
	return nil
}
