package team

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
)

// The limits of an import.
const (
	MaxImport     = 32 << 20 // bytes
	MaxImportRows = 100_000
)

// RowError says what is wrong in one row of an import. Row is the line in the
// file, the header being line 1; 0 where it is the file as a whole.
type RowError struct {
	Row     int    `json:"row"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// row is one person of the file, not yet checked against the database.
type row struct {
	line    int
	person  attendance.Person
	project string // the name or id of their usual project, "" for none
	badge   badge.Canonical
}

// columns are the ones that must be there, then those that may.
func columns() (required, optional []string) {
	return []string{"name", "staff_no", "role"}, []string{"team", "lang", "project", "badge"}
}

// parseCSV reads people from a file: a header in any order and case; comma,
// semicolon or tab; UTF-8 with or without a mark, UTF-16 with one, or
// Windows-1252. It gives every error there is, not the first.
func parseCSV(data []byte) ([]row, []RowError) {
	if len(data) > MaxImport {
		return nil, []RowError{{0, "", fmt.Sprintf("The file is larger than %d MiB. Import it in parts.", MaxImport>>20)}}
	}
	text, err := decode(data)
	if err != nil {
		return nil, []RowError{{0, "", "The file's characters can't be read. Save it as CSV in UTF-8."}}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = delimiter(text)
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, []RowError{{0, "", "The file is empty."}}
	}
	if err != nil {
		return nil, []RowError{{1, "", "The header can't be read: " + reason(err)}}
	}
	place, errs := readHeader(header)
	if len(errs) > 0 {
		return nil, errs
	}
	return readRows(r, place, len(header))
}

// readHeader says where each column is.
func readHeader(header []string) (map[string]int, []RowError) {
	required, optional := columns()
	place := map[string]int{}
	var errs []RowError
	for i, cell := range header {
		name := columnName(cell)
		known := false
		for _, c := range append(required, optional...) {
			known = known || c == name
		}
		if !known {
			continue // somebody's own column; it is not ours to judge
		}
		if _, twice := place[name]; twice {
			errs = append(errs, RowError{1, name, "This column is there twice."})
		}
		place[name] = i
	}
	for _, c := range required {
		if _, ok := place[c]; !ok {
			errs = append(errs, RowError{1, c, "This column is missing. The header must have name, staff_no and role; team, lang, project and badge may be there."})
		}
	}
	return place, errs
}

// columnName folds how people write a column's name.
func columnName(cell string) string {
	return strings.NewReplacer(" ", "_", "-", "_", ".", "").Replace(strings.ToLower(tidy(cell)))
}

func readRows(r *csv.Reader, place map[string]int, width int) ([]row, []RowError) {
	var rows []row
	var errs []RowError
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			errs = append(errs, RowError{lineOf(err), "", "The row can't be read: " + reason(err)})
			continue
		}
		line, _ := r.FieldPos(0)
		if blank(cells) {
			continue
		}
		if len(rows) == MaxImportRows {
			return nil, []RowError{{line, "", fmt.Sprintf("There are more than %d rows. Import the file in parts.", MaxImportRows)}}
		}
		one, faults := readRow(cells, place, width)
		for _, f := range faults {
			errs = append(errs, RowError{line, f.field, f.message})
		}
		one.line = line
		rows = append(rows, one)
	}
	if len(rows) == 0 && len(errs) == 0 {
		errs = append(errs, RowError{0, "", "There is nobody in the file."})
	}
	return rows, append(append(errs, repeats(rows)...), badgesTwice(rows)...)
}

func readRow(cells []string, place map[string]int, width int) (row, []fault) {
	if len(cells) < width {
		return row{}, []fault{{"", fmt.Sprintf("The row has %d columns, the header has %d.", len(cells), width)}}
	}
	if !blank(cells[width:]) {
		return row{}, []fault{{"", fmt.Sprintf("The row has %d columns, the header has %d. Put text with a separator in it into quotes.", len(cells), width)}}
	}
	cell := func(column string) string {
		i, ok := place[column]
		if !ok {
			return ""
		}
		return tidy(cells[i])
	}
	p := attendance.Person{Name: cell("name"), StaffNo: cell("staff_no"), Team: cell("team"), Lang: cell("lang"), Active: true}
	p.Role = attendance.Role(strings.ToLower(cell("role")))
	if p.Role == "" {
		p.Role = attendance.Regular
	}
	card, bad := cardOf(cell("badge"))
	return row{person: p, project: cell("project"), badge: card}, append(faults(p), bad...)
}

// repeats finds staff numbers that are in the file more than once.
func repeats(rows []row) []RowError {
	var errs []RowError
	first := make(map[string]int, len(rows))
	for _, r := range rows {
		if r.person.StaffNo == "" {
			continue
		}
		if at, ok := first[r.person.StaffNo]; ok {
			errs = append(errs, RowError{r.line, "staff_no", fmt.Sprintf("The staff number “%s” is in row %d too.", clip(r.person.StaffNo), at)})
			continue
		}
		first[r.person.StaffNo] = r.line
	}
	return errs
}

// decode gives the file's text. What is neither marked nor UTF-8 is taken for
// Windows-1252, which has all of Latin-1's letters.
func decode(data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		return string(out), err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data), nil
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	return string(out), err
}

// delimiter is the separator that the first line has most of, outside quotes.
func delimiter(text string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range text {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted && (r == '\n' || r == '\r') && len(counts) > 0 {
			break
		}
		if !quoted && (r == ',' || r == ';' || r == '\t') {
			counts[r]++
		}
	}
	best := ','
	for _, r := range []rune{';', '\t'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func lineOf(err error) int {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return p.StartLine
	}
	return 0
}

func reason(err error) string {
	switch {
	case errors.Is(err, csv.ErrQuote):
		return "a quotation mark is not closed, or stands inside a field that has none around it."
	case errors.Is(err, csv.ErrBareQuote):
		return "a quotation mark stands inside a field that has none around it."
	default:
		return "it is not CSV."
	}
}
