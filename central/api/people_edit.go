package api

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// someone reads the person of the path, whom the caller wants to change. What is written
// afterwards is written only if the caller may still change them then: they may have
// become an owner meanwhile.
func (a *API) someone(r *http.Request, who access.Identity) (attendance.Person, error) {
	p, err := a.Lists.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return p, err
	}
	centraldb.Require(r.Context(), func(ctx context.Context, tx *centraldb.Tx) error {
		now, err := tx.Person(ctx, p.ID)
		if err != nil {
			return err
		}
		return mayMake(who, now.Role)
	})
	return p, mayMake(who, p.Role)
}

// mayMake refuses whoever is no owner where an owner is concerned.
func mayMake(who access.Identity, role attendance.Role) error {
	if role == attendance.Owner && !access.Allowed(who.Role, access.OwnersWrite) {
		return problem.New(problem.Forbidden, "Only an owner changes an owner, or makes one.", "Ask an owner.")
	}
	return nil
}

// editPerson changes what the body names.
func (a *API) editPerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.PersonEdit
	if err := read(w, r, &in); err != nil {
		return err
	}
	p, err := a.someone(r, who)
	if err != nil {
		return err
	}
	issued, err := a.People.Edit(r.Context(), who.Email, p.ID, func(p *attendance.Person) error {
		return edited(who, p, in)
	})
	if err != nil {
		return err
	}
	return a.changed(w, r, issued)
}

// edited changes a person, as they are now.
func edited(who access.Identity, p *attendance.Person, in client.PersonEdit) error {
	if !p.Active {
		return problem.New(problem.Conflict, "This person is archived.", "Bring the person back first.")
	}
	for _, f := range []struct{ from, to *string }{{in.Name, &p.Name}, {in.StaffNo, &p.StaffNo}, {in.Team, &p.Team}, {in.Lang, &p.Lang}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if in.Role != nil {
		p.Role = *in.Role
	}
	return mayMake(who, p.Role)
}

func (a *API) archivePerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	p, err := a.someone(r, who)
	if err == nil {
		err = a.People.Archive(r.Context(), who.Email, p.ID)
	}
	if err != nil {
		return err
	}
	return a.changed(w, r, nil)
}

func (a *API) restorePerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	p, err := a.someone(r, who)
	if err != nil {
		return err
	}
	issued, err := a.PINs.Restore(r.Context(), who.Email, p.ID)
	if err != nil {
		return err
	}
	return a.changed(w, r, issued)
}

func (a *API) unlockPerson(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	p, err := a.someone(r, who)
	if err == nil {
		err = a.PINs.Unlock(r.Context(), who.Email, p.ID)
	}
	if err != nil {
		return err
	}
	return a.changed(w, r, nil)
}

// changed answers with the person as they are now and the PINs that the change
// made, shown this once.
func (a *API) changed(w http.ResponseWriter, r *http.Request, issued []team.Issued) error {
	p, err := a.Lists.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	out := client.ChangedPerson{Person: personOf(p)}
	for _, i := range issued {
		out.NewPINs = append(out.NewPINs, client.NewPIN{Kind: string(i.Kind), Subject: i.Subject, PIN: i.PIN.Reveal()})
	}
	return answer(w, http.StatusOK, out)
}

// personalPIN gives a person the PIN of the body, or a new one.
func (a *API) personalPIN(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.SetPIN
	if err := read(w, r, &in); err != nil {
		return err
	}
	p, err := a.someone(r, who)
	if err != nil {
		return err
	}
	var made pin.PIN
	if in.PIN == "" {
		made, err = a.PINs.GeneratePIN(r.Context(), who.Email, p.ID)
	} else if made, err = pin.Parse(in.PIN); err == nil {
		err = a.PINs.SetPIN(r.Context(), who.Email, p.ID, made)
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, client.NewPIN{Kind: string(pin.Personal), Subject: p.ID, PIN: made.Reveal()}) // shown once
}
