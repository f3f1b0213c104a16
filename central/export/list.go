package export

import (
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/sheet"
)

// Format is what becomes of a list.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
	Slips Format = "slips" // a page to print, one slip for each person
)

func (f Format) word() string {
	switch f {
	case XLSX:
		return "Excel file"
	case Slips:
		return "slips to print"
	}
	return "CSV file"
}

// Status says how somebody's PIN is.
type Status string

// The states of a PIN.
const (
	None       Status = "none"
	Set        Status = "set" // and used
	NeverUsed  Status = "never used"
	Locked     Status = "locked"
	Unreadable Status = "unreadable" // the data key does not open it
)

// List is the assignees of a kiosk in name order.
type List struct {
	Kiosk attendance.Kiosk
	PINs  bool // it has them; otherwise how they are
	At    time.Time
	Lines []Line
}

// Line is one assignee. PIN is the zero PIN where it is not told: an owner's, to
// somebody else.
type Line struct {
	attendance.Person
	PIN       pin.PIN
	Status    Status
	ChangedAt time.Time // zero: there has never been one
}

// Write writes the list as a table and closes that. Days are those of zone.
func (l List) Write(t sheet.Table, zone *time.Location) error {
	head := []string{"staff_no", "name", "team", "role", "pin", "pin_status", "pin_changed"}
	if err := t.Row(l.cut(head)...); err != nil {
		return err
	}
	for _, x := range l.Lines {
		changed := ""
		if !x.ChangedAt.IsZero() {
			changed = x.ChangedAt.In(zone).Format(time.DateOnly)
		}
		cells := []string{x.StaffNo, x.Name, x.Team, string(x.Role), x.PIN.Reveal(), string(x.Status), changed}
		if err := t.Row(l.cut(cells)...); err != nil {
			return err
		}
	}
	return t.Close()
}

// cut leaves out the column of PINs where there are none.
func (l List) cut(cells []string) []string {
	if l.PINs {
		return cells
	}
	return append(cells[:4:4], cells[5:]...)
}

// FileName names the list's file in letters that every system takes.
func (l List) FileName(f Format) string {
	what := "assignees-pin-status"
	if l.PINs {
		what = "assignees-pins"
	}
	place := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, strings.ReplaceAll(attendance.SearchKey(l.Kiosk.Name), " ", "-"))
	if place = strings.Trim(place, "-"); place == "" {
		place = "kiosk"
	}
	return what + "-" + place[:min(len(place), 60)] + "." + string(f)
}
