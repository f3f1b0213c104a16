package team

import (
	"context"

	"github.com/timepost/timepost/attendance"
)

// ParseForTest gives what the parser makes of a file.
func ParseForTest(file []byte) ([]attendance.Person, []RowError) {
	rows, errs := parseCSV(file)
	people := make([]attendance.Person, len(rows))
	for i, r := range rows {
		people[i] = r.person
	}
	return people, errs
}

// Set replaces all that is known of a person; ID names them.
func (t *Team) Set(ctx context.Context, actor string, p attendance.Person) ([]Issued, error) {
	return t.Edit(ctx, actor, p.ID, func(now *attendance.Person) error { *now = p; return nil })
}
