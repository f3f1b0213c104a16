package api

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

// PINLengths changes how many digits PINs have. See package team for the errors.
type PINLengths interface {
	ChangeLength(ctx context.Context, actor string, digits int) ([]team.Issued, error)
	RenewTeam(ctx context.Context, actor, team string) (team.Renewal, error)
}

// PINLists reads how far the change is.
type PINLists interface {
	PINLength(ctx context.Context) (centraldb.PINLength, error)
	TeamsDue(ctx context.Context) ([]centraldb.TeamDue, error)
}

func (a *API) pinLengthRoutes() []route {
	return []route{
		{"GET", "/pin-length", access.SettingsEdit, a.pinLength},
		{"PUT", "/pin-length", access.SettingsEdit, a.changePINLength},
		{"POST", "/pin-length/renew", access.SettingsEdit, a.renewTeam},
	}
}

func (a *API) pinLength(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	return a.answerLength(w, r, nil)
}

func (a *API) changePINLength(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.PINLength
	if err := read(w, r, &in); err != nil {
		return err
	}
	issued, err := a.PINLengths.ChangeLength(r.Context(), who.Email, in.Digits)
	if err != nil {
		return err
	}
	return a.answerLength(w, r, newPINs(issued))
}

func (a *API) answerLength(w http.ResponseWriter, r *http.Request, made []client.NewPIN) error {
	length, err := a.PINLists.PINLength(r.Context())
	if err != nil {
		return err
	}
	teams, err := a.PINLists.TeamsDue(r.Context())
	if err != nil {
		return err
	}
	out := client.PINLength{Digits: length.Digits, NewPINs: made}
	for _, t := range teams {
		out.Teams = append(out.Teams, client.TeamDue{Team: t.Team, People: t.People, Due: t.Due})
	}
	return answer(w, http.StatusOK, out)
}

// renewTeam gives the next people of a team new PINs, each shown this once.
func (a *API) renewTeam(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.RenewTeam
	if err := read(w, r, &in); err != nil {
		return err
	}
	done, err := a.PINLengths.RenewTeam(r.Context(), who.Email, in.Team)
	if err != nil {
		return err
	}
	out := client.Renewed{People: make([]client.RenewedPIN, len(done.People)), More: done.More}
	for i, p := range done.People {
		out.People[i] = client.RenewedPIN{ID: p.ID, Name: p.Name, StaffNo: p.StaffNo, Team: p.Team, PIN: p.PIN.Reveal()} // shown once
	}
	return answer(w, http.StatusCreated, out)
}

func newPINs(issued []team.Issued) []client.NewPIN {
	var out []client.NewPIN
	for _, i := range issued {
		out = append(out, client.NewPIN{Kind: string(i.Kind), Subject: i.Subject, PIN: i.PIN.Reveal()}) // shown once
	}
	return out
}
