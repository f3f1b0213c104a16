package badge_test

import (
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/internal/problem"
)

func TestOneCardAtFourReadersIsOneCard(t *testing.T) {
	t.Parallel()
	type reader struct {
		name, read string
		t          badge.Transform
	}
	for _, c := range []struct {
		card    string
		want    badge.Canonical
		readers []reader
	}{
		{"a proximity card, printed 0010693503 163,11135", "00-A3-2B-7F", []reader{
			{"decimal", "0010693503", badge.Transform{}},
			{"decimal without zeros", "10693503", badge.Transform{Format: badge.Decimal}},
			{"hex, lower case", "00a32b7f", badge.Transform{}},
			{"hex, bytes reversed", "7F2BA300", badge.Transform{Reverse: true}},
			{"decimal, bytes reversed", "2133566208", badge.Transform{Format: badge.Decimal, Reverse: true}},
			{"Wiegand", "163,11135", badge.Transform{}},
			{"Wiegand without comma", "16311135", badge.Transform{Format: badge.Wiegand}},
			{"five bytes with the version in front", "0F00A32B7F", badge.Transform{Bytes: 4}},
			{"framed", ";00A32B7F?", badge.Transform{Prefix: ";", Suffix: "?"}},
		}},
		{"a MIFARE card with four bytes, beside a Wiegand reader", "00-A3-2B-7F", []reader{
			{"hex", "04A32B7F", badge.Transform{Bytes: 3}},
			{"decimal", "0077802367", badge.Transform{Bytes: 3}},
			{"Wiegand", "163,11135", badge.Transform{}},
		}},
		{"a card with seven bytes", "04-A2-24-1A-F1-5C-80", []reader{
			{"hex", "04A2241AF15C80", badge.Transform{}},
			{"hex with colons", "04:a2:24:1a:f1:5c:80", badge.Transform{}},
			{"hex, bytes reversed", "805CF11A24A204", badge.Transform{Reverse: true}},
			{"decimal", "01304175861390464", badge.Transform{}},
		}},
		{"a barcode", "text:EMP-00123", []reader{
			{"as it is", "EMP-00123", badge.Transform{}},
			{"framed", "*EMP-00123*", badge.Transform{Format: badge.Text, Prefix: "*", Suffix: "*"}},
		}},
	} {
		for _, r := range c.readers {
			got, err := badge.Parse(r.read, r.t)
			if err != nil || got != c.want {
				t.Errorf("%s, %s: Parse(%q) = %q, %v, want %q", c.card, r.name, r.read, got, err, c.want)
			}
		}
	}
}

func TestLengthAndLeadingZerosAreData(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"00123", "123"},
		{"0004A32B7F", "04A32B7F"},
		{"00A32B7F", "A32B7F00"},
		{"EMP-1", "emp-1"},
	} {
		if a, b := parse(t, pair[0]), parse(t, pair[1]); a == b {
			t.Errorf("%q and %q are both %q", pair[0], pair[1], a)
		}
	}
}

func TestAutoTellsFormatsByTheirLooks(t *testing.T) {
	t.Parallel()
	for read, want := range map[string]badge.Canonical{
		"12345678":             "12-34-56-78",
		"0123456789":           "07-5B-CD-15",
		"4294967295":           "FF-FF-FF-FF",
		"4294967296":           "42-94-96-72-96", // more than four bytes hold: nobody typed a decimal
		"0F00A32B7F":           "0F-00-A3-2B-7F",
		"E004010012345678":     "E0-04-01-00-12-34-56-78",
		"18446744073709551615": "FF-FF-FF-FF-FF-FF-FF-FF",
		"99999999999999999":    "text:99999999999999999",
		"123":                  "text:123",
		"300,1":                "text:300,1",
		"255,65535":            "00-FF-FF-FF",
		"AB-12":                "text:AB-12",
		" 04A32B7F ":           "04-A3-2B-7F",
		"text: 12345678":       "text:12345678",
		"04-A3-2B-7F":          "04-A3-2B-7F",
		"04-A3:2B-7F":          "text:04-A3:2B-7F",
	} {
		if got := parse(t, read); got != want {
			t.Errorf("Parse(%q) = %q, want %q", read, got, want)
		}
	}
}

func TestReadsThatAreNoBadge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		read string
		t    badge.Transform
	}{
		{"", badge.Transform{}},
		{"   ", badge.Transform{}},
		{"text:", badge.Transform{}},
		{";?", badge.Transform{Prefix: ";", Suffix: "?"}},
		{strings.Repeat("1", badge.MaxRead+1), badge.Transform{}},
		{"04A3\x002B7F", badge.Transform{}},
		{"04A3\n2B7F", badge.Transform{}},
		{"０４A32B7F", badge.Transform{}},
		{"12 34", badge.Transform{Format: badge.Decimal}},
		{strings.Repeat("9", 26), badge.Transform{Format: badge.Decimal}},
		{strings.Repeat("9", 25), badge.Transform{Format: badge.Decimal}},
		{"04A", badge.Transform{Format: badge.Hex}},
		{strings.Repeat("AB", 11), badge.Transform{Format: badge.Hex}},
		{"256,00001", badge.Transform{Format: badge.Wiegand}},
		{"1631113", badge.Transform{Format: badge.Wiegand}},
	} {
		got, err := badge.Parse(c.read, c.t)
		if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != "badge" {
			t.Errorf("Parse(%q, %+v) = %q, %v, want invalid badge", c.read, c.t, got, err)
		}
	}
}

func TestACardWithAnotherNumberEachTimeIsNotLearnt(t *testing.T) {
	t.Parallel()
	for read, ok := range map[string]bool{
		"08A32B7F": false, "0134217728": false, "08A2241AF15C80": true, "04A32B7F": true, "text:08-1": true,
	} {
		if err := parse(t, read).Learnable(); (err == nil) != ok {
			t.Errorf("%s: %v", read, err)
		}
	}
}

func TestOneReadProvesTheFormatOfItsReader(t *testing.T) {
	t.Parallel()
	for read, want := range map[string]badge.Format{
		"04a32b7f": badge.Hex, "12345678": badge.Auto, "0010693503": badge.Decimal, "163,11135": badge.Wiegand, "EMP-1": badge.Auto,
	} {
		if got := badge.Telling(read); got != want {
			t.Errorf("Telling(%q) = %s, want %s", read, got, want)
		}
	}
}

func TestTransformsThatCantBe(t *testing.T) {
	t.Parallel()
	for _, bad := range []badge.Transform{{Format: "octal"}, {Bytes: -1}, {Bytes: 11}} {
		if err := bad.Check(); !problem.Is(err, problem.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := (badge.Transform{Format: badge.Hex, Bytes: 3}).Check(); err != nil {
		t.Error(err)
	}
}

func parse(t *testing.T, read string) badge.Canonical {
	t.Helper()
	c, err := badge.Parse(read, badge.Transform{})
	if err != nil {
		t.Fatalf("Parse(%q): %v", read, err)
	}
	return c
}

func FuzzParse(f *testing.F) {
	for _, read := range []string{
		"0010693503", "00a32b7f", "7F2BA300", "163,11135", "EMP-00123", "text:08-1", "04:a2:24:1a:f1:5c:80",
		"5000123456", "text:text:", " \t", strings.Repeat("9", 25),
	} {
		f.Add(read, "auto", false, 0, "", "")
		f.Add(read, "", true, 3, ";", "?")
		f.Add(read, "decimal", true, 0, "", "")
		f.Add(read, "hex", false, 4, "", "")
		f.Add(read, "wiegand", false, 0, "", "")
		f.Add(read, "text", false, 0, "", "")
	}
	f.Fuzz(func(t *testing.T, read, format string, reverse bool, n int, prefix, suffix string) {
		tr := badge.Transform{Format: badge.Format(format), Reverse: reverse, Bytes: n, Prefix: prefix, Suffix: suffix}
		if tr.Check() != nil {
			return
		}
		c, err := badge.Parse(read, tr)
		if err != nil {
			if c != "" || !problem.Is(err, problem.Invalid) {
				t.Fatalf("Parse(%q, %+v) = %q, %v", read, tr, c, err)
			}
			return
		}
		if again, err := badge.Parse(string(c), badge.Transform{}); err != nil || again != c || !c.Valid() {
			t.Fatalf("Parse(%q, %+v) = %q, which reads as %q, %v", read, tr, c, again, err)
		}
	})
}
