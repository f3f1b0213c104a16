package team

import "github.com/timepost/timepost/attendance"

// ParseForTest gives what the parser makes of a file.
func ParseForTest(file []byte) ([]attendance.Person, []RowError) {
	rows, errs := parseCSV(file)
	people := make([]attendance.Person, len(rows))
	for i, r := range rows {
		people[i] = r.person
	}
	return people, errs
}
