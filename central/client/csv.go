package client

import "strconv"

// PunchColumns gives the heading of a CSV of punches; Cells follow it.
func PunchColumns() []string {
	return []string{
		"id", "person", "name", "staff_no", "action", "local_time", "zone", "utc", "kiosk", "kiosk_name", "auth", "project", "project_name", "note", "seq",
		"status", "corrected_action", "corrected_local_time", "corrected_utc", "corrected_project", "corrected_note", "corrected_by", "reason",
	}
}

// Cells gives the punch as one row of a table, as it is: package sheet writes it
// so that no spreadsheet runs it.
func (p Punch) Cells() []string {
	utc := ""
	if !p.CorrectedAt.IsZero() {
		utc = p.CorrectedAt.Format("2006-01-02T15:04:05.000Z07:00")
	}
	return []string{
		strconv.FormatInt(p.ID, 10), p.Person, p.PersonName, p.StaffNo, string(p.Action), p.Local, p.Zone,
		p.At.Format("2006-01-02T15:04:05.000Z07:00"), p.Kiosk, p.KioskName, string(p.Auth), p.Project, p.ProjectName, p.Note, strconv.FormatUint(p.Seq, 10),
		p.Status, string(p.CorrectedAction), p.CorrectedLocal, utc, p.CorrectedProject, p.CorrectedNote, p.CorrectedBy, p.Reason,
	}
}
