package sheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/timepost/timepost/internal/problem"
	"github.com/xuri/excelize/v2"
)

// MostRows is how many rows a sheet has, with the heading.
const MostRows = excelize.TotalRows

// What the columns' widths are taken from, and their bounds in characters.
const (
	measured = 200
	narrow   = 9
	wide     = 48
)

// nowhere is a folder that cannot be: what would go to a file there stays in
// memory.
const nowhere = "/dev/null/no-folder"

// XLSX is a table as an Office Open XML workbook of one sheet. The heading stays
// in sight and every cell is text, so that programs neither run it nor drop
// its leading zeros. The file is written by Close: before, the writer below has
// not had a byte.
type XLSX struct {
	w       io.Writer
	name    string
	tmp     string
	numbers []int
	first   [][]string // rows kept until the columns' widths are known
	file    *excelize.File
	out     *excelize.StreamWriter
	head    int // styles
	text    int
	rows    int
}

// NewXLSX begins a workbook whose sheet has the name, which is shortened and
// stripped to what a sheet may be called. A table of many megabytes waits in a
// temporary file. Columns listed in numbers, counted from 0, hold decimal
// numbers, for sums; what is no number there stays text.
func NewXLSX(w io.Writer, name string, numbers ...int) *XLSX {
	return &XLSX{w: w, name: sheetName(name), numbers: numbers}
}

// NewSecretXLSX is NewXLSX for secrets: whatever its size, the table waits in
// memory and never in a file.
func NewSecretXLSX(w io.Writer, name string) *XLSX {
	return &XLSX{w: w, name: sheetName(name), tmp: nowhere}
}

// Row adds a row; problem.Invalid where the sheet is full or a cell too long.
func (x *XLSX) Row(cells ...string) error {
	err := x.row(cells)
	if err != nil && x.file != nil {
		err = errors.Join(err, x.file.Close()) // and with it its temporary file
	}
	return err
}

func (x *XLSX) row(cells []string) error {
	if x.rows+len(x.first) >= MostRows {
		return problem.New(problem.Invalid, "A spreadsheet has no room for so many rows.", "Choose fewer, or take the CSV file.")
	}
	if slices.ContainsFunc(cells, func(c string) bool { return len(c) > excelize.TotalCellChars }) {
		return problem.New(problem.Invalid, "One text is too long for a spreadsheet.", "Take the CSV file.")
	}
	if x.out != nil {
		return x.write(cells)
	}
	x.first = append(x.first, slices.Clone(cells))
	if len(x.first) < measured {
		return nil
	}
	return x.begin()
}

// Close writes the file.
func (x *XLSX) Close() (err error) {
	if x.out == nil {
		if err := x.begin(); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, x.file.Close()) }()
	if err := x.out.Flush(); err != nil {
		return fmt.Errorf("finish sheet: %w", err)
	}
	if err := x.file.Write(x.w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// begin makes the workbook as wide as its first rows ask for, and writes them.
func (x *XLSX) begin() error {
	x.file = excelize.NewFile(excelize.Options{TmpDir: x.tmp})
	if err := x.file.SetSheetName("Sheet1", x.name); err != nil {
		return fmt.Errorf("name sheet: %w", err)
	}
	var err error
	if x.head, err = x.style(true); err != nil {
		return err
	}
	if x.text, err = x.style(false); err != nil {
		return err
	}
	if x.out, err = x.file.NewStreamWriter(x.name); err != nil {
		return fmt.Errorf("begin sheet: %w", err)
	}
	if err := x.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("freeze heading: %w", err)
	}
	for i, width := range widths(x.first) {
		if err := x.out.SetColWidth(i+1, i+1, width); err != nil {
			return fmt.Errorf("widen column: %w", err)
		}
	}
	first := x.first
	x.first = nil
	for _, cells := range first {
		if err := x.write(cells); err != nil {
			return err
		}
	}
	return nil
}

func (x *XLSX) style(head bool) (int, error) {
	const asText = 49 // the number format @
	s := &excelize.Style{NumFmt: asText}
	if head {
		s.Font = &excelize.Font{Bold: true}
	}
	id, err := x.file.NewStyle(s)
	if err != nil {
		return 0, fmt.Errorf("make cell style: %w", err)
	}
	return id, nil
}

func (x *XLSX) write(cells []string) error {
	style := x.text
	if x.rows == 0 {
		style = x.head
	}
	row := make([]any, len(cells))
	for i, text := range cells {
		row[i] = excelize.Cell{StyleID: style, Value: text}
		if n, ok := number(text); ok && x.rows > 0 && slices.Contains(x.numbers, i) {
			row[i] = excelize.Cell{Value: n}
		}
	}
	x.rows++
	at, err := excelize.CoordinatesToCellName(1, x.rows)
	if err == nil {
		err = x.out.SetRow(at, row)
	}
	if err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	return nil
}

func widths(rows [][]string) []float64 {
	var out []float64
	for _, cells := range rows {
		for i, text := range cells {
			if i == len(out) {
				out = append(out, narrow)
			}
			out[i] = max(out[i], min(wide, float64(utf8.RuneCountInString(text)+2)))
		}
	}
	return out
}

// sheetName gives what of a name may be a sheet's: at most 31 characters and none
// of : \ / ? * [ ], no apostrophe at an end.
func sheetName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > 0xffff || strings.ContainsRune(`:\/?*[]`, r) {
			return '-'
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if r := []rune(name); len(r) > excelize.MaxSheetNameLength {
		name = string(r[:excelize.MaxSheetNameLength])
	}
	if name = strings.Trim(name, "' "); name == "" {
		return "Sheet1"
	}
	return name
}
