package client

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// PunchColumns gives the heading of a CSV of punches; Cells follow it.
func PunchColumns() []string {
	return []string{"id", "person", "name", "staff_no", "action", "local_time", "zone", "utc", "kiosk", "kiosk_name", "auth", "project", "note", "seq"}
}

// Cells gives the punch as one line of a CSV. A cell that a spreadsheet would
// take for a formula begins with an apostrophe.
func (p Punch) Cells() []string {
	cells := []string{
		strconv.FormatInt(p.ID, 10), p.Person, p.PersonName, p.StaffNo, string(p.Action), p.Local, p.Zone,
		p.At.Format("2006-01-02T15:04:05.000Z07:00"), p.Kiosk, p.KioskName, string(p.Auth), p.Project, p.Note, strconv.FormatUint(p.Seq, 10),
	}
	for i, c := range cells {
		cells[i] = Inert(c)
	}
	return cells
}

// Inert gives a cell that no spreadsheet runs: an apostrophe goes before = + -
// @ tab, line ends and their full-width forms.
func Inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if cell != "" && strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", first) {
		return "'" + cell
	}
	return cell
}
