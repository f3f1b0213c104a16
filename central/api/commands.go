package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/commands"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// commandsShown is how many commands of a kiosk are listed.
const commandsShown = 20

// Commands tells kiosks what to do. See package commands for the errors.
type Commands interface {
	Ask(ctx context.Context, actor string, o commands.Order) (centraldb.Command, error)
	Wipe(ctx context.Context, actor string, w commands.Wiping) (centraldb.Command, error)
	Cancel(ctx context.Context, actor, kiosk string, n uint64) error
}

// CommandLists reads commands; Command fails with problem.NotFound.
type CommandLists interface {
	Commands(ctx context.Context, kiosk string, limit int) ([]centraldb.Command, error)
	Command(ctx context.Context, kiosk string, n uint64) (centraldb.Command, error)
}

func (a *API) commandRoutes() []route {
	return []route{
		{"GET", "/kiosks/{id}/commands", access.KiosksRead, a.commands},
		{"POST", "/kiosks/{id}/commands", access.KiosksWrite, a.giveCommand},
		{"POST", "/kiosks/{id}/wipe", access.KiosksWipe, a.wipeKiosk},
		{"GET", "/kiosks/{id}/commands/{number}", access.KiosksRead, a.command},
		{"POST", "/kiosks/{id}/commands/{number}/cancel", access.KiosksWrite, a.cancelCommand},
	}
}

func (a *API) commands(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	k, err := a.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	all, err := a.CommandLists.Commands(r.Context(), k.ID, commandsShown)
	if err != nil {
		return err
	}
	out := client.CommandList{Commands: make([]client.Command, len(all))}
	for i, c := range all {
		out.Commands[i] = commandOf(c)
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) giveCommand(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewCommand
	if err := read(w, r, &in); err != nil {
		return err
	}
	c, err := a.Commands.Ask(r.Context(), who.Email, commands.Order{Kiosk: r.PathValue("id"), Verb: in.Verb, Text: in.Text, Minutes: in.Minutes})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, commandOf(c))
}

func (a *API) wipeKiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewWipe
	if err := read(w, r, &in); err != nil {
		return err
	}
	c, err := a.Commands.Wipe(r.Context(), who.Email, commands.Wiping{Kiosk: r.PathValue("id"), Confirm: in.Confirm, Force: in.Force})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, commandOf(c))
}

func (a *API) command(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	n, err := numberOf(r)
	if err != nil {
		return err
	}
	c, err := a.CommandLists.Command(r.Context(), r.PathValue("id"), n)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, commandOf(c))
}

func (a *API) cancelCommand(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	n, err := numberOf(r)
	if err != nil {
		return err
	}
	if err := a.Commands.Cancel(r.Context(), who.Email, r.PathValue("id"), n); err != nil {
		return err
	}
	return a.command(w, r, who)
}

// numberOf gives the command that the path names; what is no number is none.
func numberOf(r *http.Request) (uint64, error) {
	n, err := strconv.ParseUint(r.PathValue("number"), 10, 63)
	if err != nil {
		return 0, problem.New(problem.NotFound, "There is no such command.", "Look at the list again.").Because(err)
	}
	return n, nil
}

func commandOf(c centraldb.Command) client.Command {
	at := func(ns int64) time.Time {
		if ns == 0 {
			return time.Time{}
		}
		return time.Unix(0, ns).UTC()
	}
	return client.Command{
		N: c.N, Verb: c.Verb, Text: c.Text, Minutes: c.Minutes, Force: c.Force, State: c.State(), Said: c.Said, AskedBy: c.AskedBy,
		AskedAt: at(c.AskedAt), Expires: at(c.ExpiresAt), SentAt: at(c.SentAt), BegunAt: at(c.BegunAt), EndedAt: at(c.EndedAt),
	}
}
