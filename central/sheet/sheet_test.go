package sheet_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/xuri/excelize/v2"
)

func written(t *testing.T, table sheet.Table, rows ...[]string) {
	t.Helper()
	for _, r := range rows {
		if err := table.Row(r...); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
}

// No cell is run by a spreadsheet; everything else stays as it was typed.
func TestCSVIsInert(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Ada": "Ada", "0042": "0042", "a=b": "a=b", "'x": "'x", "Ann-Marie; 2nd": "Ann-Marie; 2nd", "late, -5": "late, -5",
		"=1+1": "'=1+1", "+49": "'+49", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\nx": "'\nx",
		"\uff1d1": "'\uff1d1", "\uff0b1": "'\uff0b1", "\uff0d1": "'\uff0d1", "\uff201": "'\uff201", "\ufe661": "'\ufe661",
		" =x": "' =x", "\u00a0=x": "'\u00a0=x", "\ufeff=x": "'\ufeff=x", "\u200b\u2060@x": "'\u200b\u2060@x", "\x00=x": "'\x00=x",
		"a;=x": "a;'=x", "a\t=x": "a\t'=x", "a;\"=x": "a;'\"=x", "a\n =x": "a\n' =x", "\xff=x": "'\ufffd=x",
	} {
		var b bytes.Buffer
		written(t, sheet.NewCSV(&b), []string{in, "end"})
		got, err := csv.NewReader(&b).Read()
		if err != nil || got[0] != want {
			t.Errorf("%q: %q, not %q (%v)", in, got, want, err)
		}
	}
}

// FuzzCSV holds every file, split by whatever a spreadsheet may split it by, to
// having no cell that would be run, and to giving every text back.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"=1", "a;=1", "a;\"\"=1", "\"=1;\"", "x\r\n=1", "\t\t=1", ";;@", "\ufeff\uff1d", "'=", "a,=1", "\x00-", "a;b\"c\td"} {
		f.Add(s, "last")
		f.Add("first", s)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		var b bytes.Buffer
		written(t, sheet.NewCSV(&b), []string{"0042", one, two})
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != 1 {
			t.Fatalf("not a csv: %q %v", b.String(), err)
		}
		if rows[0][0] != "0042" || !same(rows[0][1], one) || !same(rows[0][2], two) {
			t.Errorf("%q %q became %q", one, two, rows[0])
		}
		for _, cell := range append(rows[0], strings.FieldsFunc(b.String(), splitting)...) {
			if runnable(cell) {
				t.Errorf("%q: a spreadsheet runs %q", b.String(), cell)
			}
		}
	})
}

func splitting(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }

// runnable is the spreadsheet's side of the matter, written apart: the first rune
// that it does not skip decides.
func runnable(cell string) bool {
	for _, r := range cell {
		if r == '"' || r == '\ufffd' || unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf) {
			continue
		}
		switch r {
		case '=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20':
			return true
		}
		return false
	}
	return false
}

// same says whether a cell is the text but for apostrophes that were put in. A
// reader of CSV gives CR LF back as LF.
func same(cell, text string) bool {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	rest := strings.ReplaceAll(cell, "\r\n", "\n")
	for _, r := range text {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, string(r)); ok {
			continue
		}
		if rest, ok = strings.CutPrefix(rest, "'"+string(r)); !ok {
			return false
		}
	}
	return rest == ""
}

// In a workbook everything is text as it was typed, the heading stays in sight.
func TestXLSX(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"staff_no", "name", "pin", "hours"}, {"007", "=1+1", "0042", "7.50"}, {"", "Zoë \t\n x", "+1", "08"}}
	for range 300 { // more than the columns' widths are taken from
		rows = append(rows, []string{"1", "Ada", "4711", "NaN"})
	}
	var b bytes.Buffer
	written(t, sheet.NewXLSX(&b, "PINs: a/b", 3), rows...)
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.GetRows("PINs- a-b", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	rows[1][3] = "7.5"
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Error(diff)
	}
	for cell, want := range map[string]excelize.CellType{"C2": excelize.CellTypeInlineString, "D2": excelize.CellTypeUnset, "D3": excelize.CellTypeInlineString} {
		kind, err := f.GetCellType("PINs- a-b", cell)
		formula, ferr := f.GetCellFormula("PINs- a-b", cell)
		if err != nil || ferr != nil || kind != want || formula != "" {
			t.Errorf("%s: %v %q %v %v", cell, kind, formula, err, ferr)
		}
	}
	id, err := f.GetCellStyle("PINs- a-b", "C2")
	if err != nil {
		t.Fatal(err)
	}
	if style, err := f.GetStyle(id); err != nil || style.NumFmt != 49 {
		t.Errorf("a PIN's cell is not text: %+v %v", style, err)
	}
	if p, err := f.GetPanes("PINs- a-b"); err != nil || !p.Freeze || p.YSplit != 1 {
		t.Errorf("the heading moves: %+v %v", p, err)
	}
}

// What a sheet can't hold is said, not cut.
func TestXLSXTooLong(t *testing.T) {
	t.Parallel()
	x := sheet.NewXLSX(&bytes.Buffer{}, "")
	if err := x.Row(strings.Repeat("x", 32768)); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

// A table of secrets is never in a file, however long it is; another one is.
func TestSecretsStayInMemory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	files := func(x *sheet.XLSX) int {
		cell := strings.Repeat("4711 ", 6000)
		for range 700 { // 20 MB
			if err := x.Row(cell); err != nil {
				t.Fatal(err)
			}
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	if n := files(sheet.NewSecretXLSX(&bytes.Buffer{}, "")); n != 0 {
		t.Errorf("secrets are in %d files", n)
	}
	x := sheet.NewXLSX(&bytes.Buffer{}, "")
	if n := files(x); n != 1 {
		t.Errorf("this test would not find a file: %d", n)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
