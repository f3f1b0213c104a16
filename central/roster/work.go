package roster

import (
	"slices"
	"strings"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// logoID is the id of the logo's row.
const logoID = "logo"

// plainWant is a row without a PIN: what it says is all that it is made from.
func plainWant(key kioskKey, kind, id string, row any) (want, error) {
	w, err := newWant(key, kind, id, row, nil)
	w.body = func(*wire.SealedPIN) any { return row }
	return w, err
}

// settingsRow is what the organisation decided for a kiosk.
func settingsRow(k centraldb.RosterKiosk) wire.SettingsRow {
	row := wire.SettingsRow{
		OrgName: k.OrgName, KioskName: k.Name, Zone: k.Zone, RequiresPIN: k.RequiresPIN, Schedule: k.Schedule, Mode: k.Mode,
		Lang: k.Lang, UniversalReason: k.UniversalReason, Break: k.Break, Look: k.Look, Habits: k.Habits,
	}
	if offers(k, k.Project) {
		row.Project = k.Project
	}
	return row
}

// wantedPlain gives the rows that say the same to every kiosk that has them: its
// projects and the logo.
func wantedPlain(key kioskKey, k centraldb.RosterKiosk) ([]want, error) {
	var out []want
	for _, p := range k.Projects {
		w, err := plainWant(key, wire.KindProject, p.ID, wire.ProjectRow{ID: p.ID, Name: p.Name})
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	if k.Logo == nil {
		return out, nil
	}
	w, err := plainWant(key, wire.KindLogo, logoID, wire.LogoRow{PNG: k.Logo})
	return append(out, w), err
}

// bookable puts into a person's row what they may book on at a kiosk. An empty list
// is all that the kiosk has. Where nothing of somebody's own list is offered, the
// list is sent with a project that the kiosk does not know: it must not turn into
// all of them.
func bookable(row *wire.PersonRow, own centraldb.PersonWork, k centraldb.RosterKiosk) {
	row.Break = own.Break
	if len(k.Projects) == 0 {
		return
	}
	for _, id := range own.Projects {
		if offers(k, id) {
			row.Projects = append(row.Projects, id)
		}
	}
	if len(row.Projects) == 0 && len(own.Projects) > 0 {
		row.Projects = own.Projects[:1]
	}
	if offers(k, own.Project) && (len(row.Projects) == 0 || slices.Contains(row.Projects, own.Project)) {
		row.Default = own.Project
	}
}

// offers says whether a project can be booked on at a kiosk.
func offers(k centraldb.RosterKiosk, project string) bool {
	_, found := slices.BinarySearchFunc(k.Projects, project, func(p centraldb.Project, id string) int {
		return strings.Compare(p.ID, id)
	})
	return found
}
