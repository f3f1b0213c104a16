package team_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/store/centraldb"
)

func (w *world) imported(t *testing.T, file string) team.ImportResult {
	t.Helper()
	r, err := w.team.Import(t.Context(), actor, []byte(file), false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) count(t *testing.T) int {
	t.Helper()
	n, err := w.db.CountPeople(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// where gives "row field" of each error: what a person has to find.
func where(errs []team.RowError) []string {
	var out []string
	for _, e := range errs {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s", e.Row, e.Field)))
	}
	return out
}

func TestImportReadsWhatPeopleHave(t *testing.T) {
	t.Parallel()
	want := []attendance.Person{
		{Name: "Zoë Müller", StaffNo: "007", Team: "Bäckerei", Role: attendance.Regular, Lang: "de", Active: true},
		{Name: "=cmd|' /C calc'!A0", StaffNo: "+1", Role: attendance.Admin, Active: true},
	}
	rows := "Zoë Müller,007,Bäckerei,,de\n\"=cmd|' /C calc'!A0\",+1,,ADMIN,\n"
	latin1 := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			b.WriteByte(byte(r))
		}
		return b.String()
	}
	utf16 := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, r := range s {
			b = append(b, byte(r), byte(r>>8))
		}
		return string(b)
	}
	plain := "name,staff_no,team,role,lang\n" + rows
	files := map[string]string{
		"plain":        plain,
		"marked":       "\xef\xbb\xbf" + plain,
		"latin-1":      latin1(plain),
		"utf-16":       utf16(plain),
		"semicolons":   strings.ReplaceAll(plain, ",", ";"),
		"tabs":         strings.ReplaceAll(plain, ",", "\t"),
		"carriage":     strings.ReplaceAll(plain, "\n", "\r\n"),
		"header":       "  NAME , Staff No,TEAM,Role,Lang\n" + rows,
		"blank lines":  "name,staff_no,team,role,lang\n\n" + strings.ReplaceAll(rows, "\n", "\n,,,,\n\n"),
		"other column": "name,staff_no,team,role,lang,shoe size\n" + strings.ReplaceAll(rows, "\n", ",42\n"),
		"tail":         "name,staff_no,team,role,lang\n" + strings.ReplaceAll(rows, "\n", ",,\n"),
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(want, importedAs(t, file)); d != "" {
				t.Fatal(d)
			}
		})
	}
}

// importedAs gives the people that the tables hold after an import, without ids.
func importedAs(t *testing.T, file string) []attendance.Person {
	t.Helper()
	w := newWorld(t, t.TempDir())
	r := w.imported(t, file)
	if len(r.Errors) > 0 {
		t.Fatalf("%+v", r.Errors)
	}
	var got []attendance.Person
	for _, p := range r.People {
		if p.PIN.Len() != 4 || !w.pin(t, pin.Personal, p.ID).Equal(p.PIN) {
			t.Errorf("%s: the PIN in the table is another one", p.Name)
		}
		stored, err := w.db.Person(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		stored.ID = ""
		got = append(got, stored)
	}
	return got
}

func TestImportGivesAllErrorsAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.imported(t, "name,staff_no,role\nAnn,1,\n")
	file := strings.Join([]string{
		"role;name;lang;staff_no",    // 1
		"regular;Bo;de;2",            // 2 good
		";;de;3",                     // 3 no name
		"boss;Cy;xx-invalid-lang-;4", // 4 role and lang
		"regular;Di;;2",              // 5 the number of row 2
		"regular;Ed;;1",              // 6 Ann's number
		"regular;Flo",                // 7 columns are missing
		"regular;Gus;;5;6;7",         // 8 too many
		"regular;" + strings.Repeat("x", 201) + ";;" + strings.Repeat("9", 33), // 9 too long
		"regular;\"Hal\nJr\";;6", // 10 a line break in the name, two lines
		"regular;Ida\x01;;7",     // 12 a control character
		"owner;Jo;;",             // 13 good, without a number
		"regular;K\"o;;8",        // 14 a quotation mark
		"regular;Lu;;9",          // 15 good
	}, "\n")
	for _, dry := range []bool{true, false} {
		r, err := w.team.Import(t.Context(), actor, []byte(file), dry)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"3 name", "4 role", "4 lang", "5 staff_no", "6 staff_no", "7", "8", "9 name", "9 staff_no", "10 name", "12 name", "14"}
		if d := cmp.Diff(want, where(r.Errors)); d != "" {
			t.Fatalf("dry %v: %s\n%+v", dry, d, r.Errors)
		}
		if len(r.People) != 0 || w.count(t) != 1 {
			t.Fatalf("dry %v: half-imported: %d people", dry, w.count(t))
		}
	}
}

func TestImportNamesMissingColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	for file, want := range map[string][]string{
		"team,lang\nA,de\n":                 {"1 name", "1 staff_no", "1 role"},
		"name,name,staff_no,role\nA,B,1,\n": {"1 name"},
		"":                                  {"0"},
		"name,staff_no,role\n":              {"0"},
		"name,staff_no,role\n,,\n":          {"0"},
		"\"name,staff_no\n":                 {"1"},
	} {
		if d := cmp.Diff(want, where(w.imported(t, file).Errors)); d != "" {
			t.Errorf("%q: %s", file, d)
		}
	}
	if w.count(t) != 0 {
		t.Fatal("somebody was imported")
	}
}

func TestDryRunWritesNothingAndImportTwiceSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	file := "name,staff_no,role\nAnn,1,\nBo,2,\n"
	r, err := w.team.Import(t.Context(), actor, []byte(file), true)
	if err != nil || len(r.Errors) > 0 || len(r.People) != 2 || !r.People[0].PIN.IsZero() || w.count(t) != 0 {
		t.Fatalf("dry run: %+v, %v", r, err)
	}
	if r := w.imported(t, file); len(r.People) != 2 {
		t.Fatalf("%+v", r.Errors)
	}
	again := w.imported(t, file)
	if d := cmp.Diff([]string{"2 staff_no", "3 staff_no"}, where(again.Errors)); d != "" || w.count(t) != 2 {
		t.Fatal(d)
	}
}

func TestImportOf50000KeepsTheRulesAndTakesSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	ctx := t.Context()
	for i := range 20 {
		id := fmt.Sprint("k-", i)
		w.kiosk(t, id)
		a := centraldb.Assignments{Teams: []string{fmt.Sprint("Team ", i)}, Everyone: i == 0}
		if _, err := w.team.Assign(ctx, actor, id, a); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	b.WriteString("name,staff_no,team,role\n")
	for i := range 50_000 {
		role := "regular"
		if i%1000 == 7 {
			role = "admin"
		}
		fmt.Fprintf(&b, "Person %d,%d,Team %d,%s\n", i, i, i%2000, role) // 25 in each team
	}
	began := time.Now()
	r := w.imported(t, b.String())
	took := time.Since(began)
	t.Logf("50,000 people in %v", took)
	if len(r.Errors) > 0 || len(r.People) != 50_000 || w.count(t) != 50_000 {
		t.Fatalf("%d people, errors %+v", len(r.People), r.Errors[:min(3, len(r.Errors))])
	}
	if took > 60*time.Second {
		t.Fatalf("took %v", took)
	}
	if len(r.Issued) != 1 || r.Issued[0].Subject != "k-0" || r.Issued[0].PIN.Len() != 6 {
		t.Fatalf("the kiosk of everyone must get a longer PIN, and only it: %+v", r.Issued)
	}
	checkImport(t, w, r.People)
}

// checkImport looks at the rules with sets: all pairs of 50,000 would take long.
func checkImport(t *testing.T, w *world, people []team.Imported) {
	t.Helper()
	regular, privileged, universal := map[string]bool{}, map[string]bool{}, map[string]string{}
	for i := range 20 {
		id := fmt.Sprint("k-", i)
		universal[w.pin(t, pin.Universal, id).Reveal()] = fmt.Sprint("Team ", i)
	}
	for _, p := range people {
		d := p.PIN.Reveal()
		if pin.CheckRepeated(p.PIN) != nil {
			t.Errorf("P6: %s", p.ID)
		}
		if p.Role.Privileged() {
			if privileged[d] || universal[d] != "" {
				t.Errorf("P4 or P5: %s", p.ID)
			}
			privileged[d] = true
			continue
		}
		if universal[d] == p.Team {
			t.Errorf("P10: %s", p.ID)
		}
		regular[d] = true
	}
	for d := range privileged {
		if regular[d] {
			t.Error("P4: a regular person has an admin's PIN")
		}
	}
	if len(privileged) != 50 || len(regular) < 9000 {
		t.Errorf("%d and %d different PINs: not uniform", len(privileged), len(regular))
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("name,staff_no,role\nAnn,1,\n"))
	f.Add([]byte("\xef\xbb\xbfrole;name;staff_no\nadmin;\"A;\"\"B\";\n"))
	f.Add([]byte("\xff\xfen\x00a\x00"))
	f.Add([]byte("name\tstaff_no\trole\n\xe9\t\xff\t\n"))
	f.Add([]byte("name,staff_no,role\n\"\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		people, errs := team.ParseForTest(file)
		if len(people) == 0 && len(errs) == 0 {
			t.Fatal("neither people nor errors")
		}
		if len(errs) > 0 {
			return
		}
		for _, p := range people {
			if p.Name == "" || len(p.Name) > attendance.MaxName || !utf8.ValidString(p.Name) || strings.ContainsAny(p.Name, "\x00\n\r\t") ||
				!p.Role.Valid() || len(p.StaffNo) > attendance.MaxStaffNo || !p.Active {
				t.Fatalf("let in %+v", p)
			}
		}
	})
}

// BenchmarkImport1000 shows what reading a file costs.
func BenchmarkImport1000(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		var s strings.Builder
		s.WriteString("name,staff_no,role\n")
		for range 1000 {
			fmt.Fprintf(&s, "P,%d,\n", random.Int64())
		}
		if people, errs := team.ParseForTest([]byte(s.String())); len(people) != 1000 || len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
