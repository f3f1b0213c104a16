package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/command"
	"github.com/timepost/timepost/internal/problem"
)

type kioskCmd struct {
	List        kioskListCmd        `cmd:"" help:"List kiosks and how they are." default:"withargs"`
	Create      kioskCreateCmd      `cmd:"" help:"Create a kiosk; its Universal PIN is shown this once."`
	Assign      kioskAssignCmd      `cmd:"" help:"Say who is on a kiosk: everyone, teams or single people."`
	Code        kioskCodeCmd        `cmd:"" help:"Make a code that enrols the machine of a kiosk."`
	Edit        kioskEditCmd        `cmd:"" help:"Change a kiosk's name, zone, language, schedule, or whether it requires a PIN or a reason."`
	PIN         kioskPINCmd         `cmd:"" name:"pin" help:"Give a kiosk another Universal PIN; it is shown this once."`
	Health      kioskHealthCmd      `cmd:"" help:"How a kiosk's machine does, and what to do about what is wrong."`
	Flaws       kioskFlawsCmd       `cmd:"" help:"Where what a kiosk recorded does not hold, and what to do."`
	Command     kioskCommandCmd     `cmd:"" help:"Tell a kiosk to do something, and see what came of it."`
	Diagnostics kioskDiagnosticsCmd `cmd:"" help:"List what a kiosk handed in of its state for diagnostics, or save one."`
	Export      kioskExportCmd      `cmd:"" help:"Write a kiosk's people with their PINs to a file."`
	Pending     kioskPendingCmd     `cmd:"" help:"List machines that ask to be let in, with the value to compare."`
	Accept      kioskAcceptCmd      `cmd:"" help:"Let a machine in that asks."`
	Reject      kioskRejectCmd      `cmd:"" help:"Turn a machine away that asks."`
	Token       kioskTokenCmd       `cmd:"" help:"List and revoke fleet tokens, by which many machines become kiosks."`
	Revoke      kioskRevokeCmd      `cmd:"" help:"Take the identity of a kiosk's machine away, when it was lost or is retired."`
}

type kioskListCmd struct{}

// Run lists.
func (kioskListCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	all, err := api.Kiosks(ctx)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, client.Kiosks{Kiosks: all})
	}
	if len(all) == 0 {
		fmt.Fprintln(c.out, "There are no kiosks yet. Create one with: fleet kiosk create NAME")
		return nil
	}
	rows := make([][]string, len(all))
	for i, k := range all {
		seen := "never"
		if !k.LastSeen.IsZero() {
			seen = k.LastSeen.Local().Format("2006-01-02 15:04")
		}
		pin := "required"
		if !k.RequiresPIN {
			pin = "not required"
		}
		wrong := ""
		if len(k.Problems) > 0 {
			wrong = k.Problems[0].Words
		}
		if n := len(k.Problems) - 1; n > 0 {
			wrong += fmt.Sprintf(" (+%d)", n)
		}
		rows[i] = []string{k.ID, k.Name, k.Status, fmt.Sprint(k.People), pin, k.Zone, seen, fmt.Sprint(k.Queue), wrong}
	}
	table(c.out, []string{"ID", "NAME", "STATUS", "PEOPLE", "PIN", "ZONE", "LAST SEEN", "WAITING", "WRONG"}, rows)
	return nil
}

type kioskCreateCmd struct {
	Name  string `arg:"" help:"Name, as people know the place."`
	Zone  string `help:"Its time zone, such as Europe/Berlin; the organisation's where it is not given." placeholder:"ZONE"`
	NoPIN bool   `name:"no-pin" help:"People do not type a PIN here."`
	Lang  string `help:"The language of its screen, such as de; the screen's own where it is not given." placeholder:"LANG"`

	UniversalReason bool `help:"A punch with the Universal PIN needs a reason."`
}

// Run creates.
func (k *kioskCreateCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	requires := !k.NoPIN
	made, err := api.CreateKiosk(ctx, client.NewKiosk{
		Name: k.Name, Zone: k.Zone, RequiresPIN: &requires, Lang: k.Lang, UniversalReason: k.UniversalReason,
	})
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, made)
	}
	fmt.Fprintf(c.out, "Created %s (%s) in %s.\n", command.Clean(made.Name), made.ID, made.Zone)
	if made.UniversalPIN != "" {
		fmt.Fprintf(c.out, "Universal PIN: %s   It is shown this once.\n", made.UniversalPIN)
	}
	fmt.Fprintf(c.out, "Next: fleet kiosk assign %s --everyone, then: fleet kiosk code %s\n", made.ID, made.ID)
	return nil
}

type kioskAssignCmd struct {
	Kiosk    string   `arg:"" help:"The kiosk's id or name."`
	Everyone bool     `help:"Everyone is on it."`
	Team     []string `help:"This team is on it. May be given several times." placeholder:"TEAM" sep:"none"`
	Person   []string `help:"This person is on it: an id, a staff number or a name. May be given several times." placeholder:"PERSON" sep:"none"`
	Add      bool     `help:"Keep those who are on it already; else they are replaced."`
	Nobody   bool     `help:"Take everyone off it."`
}

// Run assigns.
func (k *kioskAssignCmd) Run(ctx context.Context, c *console, g *globals) error {
	some := k.Everyone || len(k.Team)+len(k.Person) > 0
	if some == k.Nobody || k.Add && k.Nobody {
		return problem.New(problem.Invalid, "Who is to be on the kiosk?", "Give --everyone, --team TEAM, --person PERSON or, alone, --nobody.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	want := client.Assignments{Everyone: k.Everyone, Teams: k.Team}
	for _, p := range k.Person {
		person, err := findPerson(ctx, api, p)
		if err != nil {
			return err
		}
		want.People = append(want.People, person)
	}
	if k.Add {
		if want, err = joined(ctx, api, id, want); err != nil {
			return err
		}
	}
	got, err := api.Assign(ctx, id, want)
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, got)
	}
	return k.show(c, got)
}

func joined(ctx context.Context, api *client.Client, kiosk string, want client.Assignments) (client.Assignments, error) {
	old, err := api.Assignments(ctx, kiosk)
	if err != nil {
		return want, err
	}
	both := func(a, b []string) []string {
		all := append(slices.Clone(a), b...)
		slices.Sort(all)
		return slices.Compact(all)
	}
	return client.Assignments{
		Everyone: old.Everyone || want.Everyone,
		Teams:    both(old.Teams, want.Teams), People: both(old.People, want.People),
	}, nil
}

func (k *kioskAssignCmd) show(c *console, got client.Assigned) error {
	var who []string
	if got.Everyone {
		who = append(who, "everyone")
	}
	for _, t := range got.Teams {
		who = append(who, "team "+t)
	}
	if n := len(got.People); n > 0 {
		who = append(who, plural(n, "person", "people"))
	}
	if who == nil {
		who = []string{"nobody"}
	}
	fmt.Fprintf(c.out, "On %s: %s.\n", command.Clean(k.Kiosk), command.Clean(strings.Join(who, ", ")))
	if len(got.NewPINs) == 0 {
		return nil
	}
	fmt.Fprintln(c.out, "\nThe PIN rules needed new PINs. They are shown this once:")
	rows := make([][]string, len(got.NewPINs))
	for i, p := range got.NewPINs {
		rows[i] = []string{p.Kind, p.Subject, p.PIN}
	}
	table(c.out, []string{"KIND", "WHOSE", "PIN"}, rows)
	return nil
}

type kioskCodeCmd struct {
	Kiosk string `arg:"" help:"The kiosk's id or name."`
	Force bool   `help:"Replace its machine although punches may still be on it."`
}

// Run makes a code.
func (k *kioskCodeCmd) Run(ctx context.Context, c *console, g *globals) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	id, err := findKiosk(ctx, api, k.Kiosk)
	if err != nil {
		return err
	}
	issue := api.EnrolmentCode
	if k.Force {
		issue = api.ReplacementCode
	}
	code, err := issue(ctx, id)
	if problem.Is(err, problem.Conflict) {
		p := problem.From(err)
		return problem.New(p.Code, p.Message, "Let it connect and send first. If its machine is gone: fleet kiosk code "+id+" --force").Because(err)
	}
	if err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, code)
	}
	fmt.Fprintf(c.out, "Code: %s   Good once, until %s. Earlier codes for this kiosk have ended.\n\n"+
		"On the kiosk's first screen type the server's address and the code, or run there:\n  kioskd enrol '%s'\n",
		code.Code, code.Expires.Local().Format("15:04 on "+time.DateOnly), command.Clean(code.URL))
	return nil
}

// findKiosk gives the id of the kiosk that text names.
func findKiosk(ctx context.Context, api *client.Client, text string) (string, error) {
	all, err := api.Kiosks(ctx)
	if err != nil {
		return "", err
	}
	var named, names []string
	for _, k := range all {
		if k.ID == text {
			return text, nil
		}
		if strings.EqualFold(k.Name, text) {
			named = append(named, k.ID)
		}
		names = append(names, k.Name)
	}
	switch len(named) {
	case 1:
		return named[0], nil
	case 0:
		hint := "Create it with: fleet kiosk create " + fmt.Sprintf("%q", text)
		if len(names) > 0 {
			hint = "There are: " + someOf(names)
		}
		return "", problem.New(problem.NotFound, fmt.Sprintf("There is no kiosk %q.", text), hint)
	}
	return "", problem.New(problem.Invalid, fmt.Sprintf("%d kiosks are called %q.", len(named), text), "Use one of the ids: "+someOf(named))
}
