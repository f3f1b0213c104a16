package admin

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

const commandsShown = 20

// Commands tells kiosks what to do. See package commands for the errors.
type Commands interface {
	Ask(ctx context.Context, actor string, o commands.Order) (centraldb.Command, error)
	Wipe(ctx context.Context, actor string, w commands.Wiping) (centraldb.Command, error)
	Cancel(ctx context.Context, actor, kiosk string, n uint64) error
}

// CommandLists reads the newest commands of a kiosk, the newest first.
type CommandLists interface {
	Commands(ctx context.Context, kiosk string, limit int) ([]centraldb.Command, error)
}

// deed is something a kiosk can be told to do, as the page offers it.
type deed struct {
	Verb  string
	Name  string
	Means string
	Sure  string // what to know before, where it wants a second look
	Go    string // on the button then
	Says  bool   // it shows a text that is typed
}

func deeds() []deed {
	return []deed{
		{Verb: wire.VerbSync, Name: "Send and fetch now", Means: "A whole round with this server, without waiting for the schedule."},
		{Verb: wire.VerbIdentify, Name: "Make it stand out", Means: "To find it among others: its name fills the screen for half a minute, or until somebody touches it."},
		{Verb: wire.VerbMessage, Name: "Show a message", Means: "On its screen, to whoever stands there.", Says: true},
		{Verb: wire.VerbRefetch, Name: "Fetch its people anew", Means: "When its list looks wrong: everything it knows of people and settings comes again. Punches stay."},
		{
			Verb: wire.VerbRestartScreen, Name: "Restart the touchscreen", Means: "When the screen is stuck or looks wrong.",
			Sure: "Whoever stands there starts again after a few seconds. Nothing that was recorded is lost.", Go: "Restart the touchscreen now",
		},
		{
			Verb: wire.VerbRestart, Name: "Restart the kiosk’s program", Means: "When nothing else helps. It comes back by itself within seconds.",
			Sure: "Nobody can clock in until it is back. Nothing that was recorded is lost.", Go: "Restart the program now",
		},
		{
			Verb: wire.VerbDiagnostics, Name: "Hand in diagnostics",
			Means: "For whoever looks into a fault: figures, settings and the newest lines of its log. Nothing in it is about people.",
		},
	}
}

// verbName gives what people call a verb.
func verbName(verb string) string {
	for _, d := range deeds() {
		if d.Verb == verb {
			return d.Name
		}
	}
	if verb == wire.VerbWipe {
		return "Clear the machine"
	}
	return verb
}

// commandsView is the page that tells a kiosk what to do.
type commandsView struct {
	page
	Note  *kioskNote
	Line  kioskLine
	Deeds []deed
	List  []commandLine
	Open  bool // something has not ended
	Wipes bool // who looks may have the machine cleared
	Kept  []archiveLine
	Wrong wrong  // of the message
	Text  string // as typed
}

// commandLine is one command as the page lists it.
type commandLine struct {
	centraldb.Command
	Name  string
	Asked string
	Link  string // where it is taken back; "" where that is too late
}

// Bad says that nothing came of it.
func (l commandLine) Bad() bool {
	return l.Ended == centraldb.CommandFailed || l.Ended == centraldb.CommandExpired
}

// Words says how it stands.
func (l commandLine) Words() string {
	switch state := l.State(); state {
	case "waiting":
		return "waits for the kiosk"
	case "sent":
		return "the kiosk was told"
	case "running":
		return "it has begun"
	case centraldb.CommandCancelled:
		return "taken back"
	default:
		return state
	}
}

func commandsPath(id string) string { return kioskPath(id) + "/commands" }

func (p *pages) commandRoutes() []route {
	return []route{
		{"GET", "/kiosks/{id}/commands", access.KiosksRead, p.commands},
		{"POST", "/kiosks/{id}/commands", access.KiosksWrite, p.giveCommand},
		{"POST", "/kiosks/{id}/commands/{number}/cancel", access.KiosksWrite, p.cancelCommand},
		{"GET", "/kiosks/{id}/diagnostics/{archive}", access.KiosksWrite, p.diagnostics},
	}
}

func (p *pages) commands(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	note, _ := p.noted(r).(*kioskNote)
	return p.showCommands(w, r, who, http.StatusOK, func(v *commandsView) { v.Note = note })
}

// showCommands shows the page; more puts in what this request adds.
func (p *pages) showCommands(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*commandsView)) error {
	k, err := p.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := commandsView{page: p.page(k.Name+" from afar", "kiosks", who), Line: p.kioskLine(k, 0, 0), Deeds: deeds(), Wipes: access.Allowed(who.Role, access.KiosksWipe)}
	if v.List, err = p.commandLines(r.Context(), k.ID, commandsShown); err != nil {
		return err
	}
	for _, l := range v.List {
		v.Open = v.Open || l.EndedAt == 0
	}
	if v.Kept, err = p.archiveLines(k.ID); err != nil {
		return err
	}
	more(&v)
	return p.show(w, status, "kioskcommands", v)
}

func (p *pages) commandLines(ctx context.Context, kiosk string, limit int) ([]commandLine, error) {
	all, err := p.CommandLists.Commands(ctx, kiosk, limit)
	if err != nil {
		return nil, err
	}
	out := make([]commandLine, len(all))
	for i, c := range all {
		out[i] = commandLine{Command: c, Name: verbName(c.Verb), Asked: p.when(c.AskedAt)}
		if c.EndedAt == 0 && c.BegunAt == 0 {
			out[i].Link = commandsPath(kiosk) + "/" + strconv.FormatUint(c.N, 10) + "/cancel"
		}
	}
	return out, nil
}

func (p *pages) giveCommand(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	o := commands.Order{Kiosk: id, Verb: r.PostForm.Get("verb")}
	if o.Verb == wire.VerbMessage {
		o.Text = r.PostForm.Get("text")
		if strings.TrimSpace(o.Text) != "" { // nothing is shown for no time
			if n, err := strconv.Atoi(r.PostForm.Get("minutes")); err == nil { // else the usual
				o.Minutes = n
			}
		}
	}
	_, err := p.Commands.Ask(r.Context(), who.Email, o)
	if e := problem.From(err); err != nil && o.Verb == wire.VerbMessage && e.Code == problem.Invalid {
		return p.showCommands(w, r, who, http.StatusBadRequest, func(v *commandsView) { v.Wrong, v.Text = wrong{"text": e}, o.Text })
	}
	if err != nil {
		return err
	}
	return p.after(w, r, commandsPath(id), &kioskNote{Done: "“" + verbName(o.Verb) + "” is on its way to the kiosk."})
}

func (p *pages) cancelCommand(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id := r.PathValue("id")
	n, err := strconv.ParseUint(r.PathValue("number"), 10, 63)
	if err != nil {
		return problem.New(problem.NotFound, "There is no such command.", "Look at the list again.").Because(err)
	}
	if err := p.Commands.Cancel(r.Context(), who.Email, id, n); err != nil {
		return err
	}
	return p.after(w, r, commandsPath(id), &kioskNote{Done: "It was taken back."})
}
