package api

import (
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/export"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/internal/problem"
)

// Exports hands out lists with PINs, and what is kept of one person. See package
// export for the errors.
type Exports interface {
	Assignees(ctx context.Context, o export.Order) (export.List, error)
	Person(ctx context.Context, actor, id string) (export.PersonFile, error)
}

// exportAssignees gives a kiosk's assignees as a file. A token alone gets no PIN:
// its account's password goes with the order, or the file says how the PINs are.
func (a *API) exportAssignees(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.ExportOrder
	if err := read(w, r, &in); err != nil {
		return err
	}
	format := export.Format(in.Format)
	if format == "" {
		format = export.CSV
	}
	if format == export.Slips {
		return problem.New(problem.Invalid, "Slips are a page of the web pages.", "Choose csv or xlsx.").With("field", "format")
	}
	if in.Password != "" {
		if err := a.proved(r, who, in.Password); err != nil {
			return err
		}
	}
	list, err := a.Exports.Assignees(r.Context(), export.Order{
		Actor: who.Email, Role: who.Role, Kiosk: r.PathValue("id"), Reason: in.Reason, Format: format, StatusOnly: in.Password == "",
	})
	if err != nil {
		return err
	}
	var table sheet.Table = sheet.NewCSV(w)
	w.Header().Set("Content-Type", sheet.TypeCSV)
	if format == export.XLSX {
		table = sheet.NewSecretXLSX(w, list.Kiosk.Name)
		w.Header().Set("Content-Type", sheet.TypeXLSX)
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+list.FileName(format)+`"`)
	w.Header().Set(client.PINsHeader, map[bool]string{true: "included", false: "left out"}[list.PINs])
	if err := list.Write(table, time.UTC); err != nil && r.Context().Err() == nil {
		// The answer may have begun: cutting the connection is the only way to say so.
		a.Log.Error("export not finished", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// proved says whether the password is that of the token's account.
func (a *API) proved(r *http.Request, who access.Identity, password string) error {
	_, err := a.Door.Verify(r.Context(), who.Email, password, remote(r))
	if problem.Is(err, problem.Unauthenticated) { // the token is good: 401 would say that it is not
		return problem.New(problem.Forbidden, "The password is wrong.", "It is that of the account "+who.Email+".").With("field", "password").Because(err)
	}
	return err
}
