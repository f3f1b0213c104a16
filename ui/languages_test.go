package ui

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/feature/plural"
)

// catalogue gives the texts of a language by their keys, as they are in its file.
func catalogue(t *testing.T, tag string) map[string]any {
	t.Helper()
	b, err := wordFiles.ReadFile("words/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	return out
}

// flat lists every text with the name that a person can find it by.
func flat(c map[string]any) map[string]string {
	out := map[string]string{}
	for key, v := range c {
		switch v := v.(type) {
		case string:
			out[key] = v
		case []any:
			for i, s := range v {
				out[key+" "+string(rune('a'+i))], _ = s.(string)
			}
		case map[string]any:
			for form, s := range v {
				out[key+"."+form], _ = s.(string)
			}
		}
	}
	return out
}

// keysOf lists the keys that a catalogue must have: those of the words.
func keysOf() map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[words]()) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		key := strings.ToLower(f.Name[:1]) + f.Name[1:]
		if f.Name == "OK" {
			key = "ok"
		}
		out[key] = f.Type
	}
	return out
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	want := slices.Sorted(maps.Keys(keysOf()))
	for _, tag := range spoken(t).Tags() {
		c := catalogue(t, tag)
		got := slices.Sorted(maps.Keys(c))
		if strings.Contains(tag, "-") {
			got = slices.Compact(slices.Sorted(slices.Values(append(got, want...)))) // only what differs
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s has not the keys of the words (-words +catalogue):\n%s", tag, diff)
		}
		for name, text := range flat(c) {
			if strings.TrimSpace(text) != text || text == "" || strings.Contains(text, "  ") || !utf8.ValidString(text) {
				t.Errorf("%s: %s is %q", tag, name, text)
			}
		}
		for key, typ := range keysOf() {
			if list, ok := c[key].([]any); ok && (typ.Kind() != reflect.Array || len(list) != typ.Len()) {
				t.Errorf("%s: %s has %d texts", tag, key, len(list))
			}
		}
	}
}

// A text that no screen says is one that somebody translates for nothing.
func TestEveryTextIsSaid(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[words]()) {
		if !f.Anonymous && f.IsExported() && !regexp.MustCompile(`\.`+f.Name+`\b`).MatchString(source.String()) {
			t.Errorf("no screen says %s", f.Name)
		}
	}
}

// placeholders lists what is filled in, each once: a language may turn them round.
func placeholders(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`\{[^}]*\}?|\}`).FindAllString(text, -1))))
}

func TestPlaceholders(t *testing.T) {
	model := flat(catalogue(t, fallback))
	for _, tag := range spoken(t).Tags() {
		for name, text := range flat(catalogue(t, tag)) {
			key, form, isCounted := strings.Cut(name, ".")
			want := placeholders(model[name])
			if isCounted {
				want = placeholders(model[key+".other"])
			}
			got := placeholders(text)
			if form == "one" && len(got) == 0 && onlyOne(spoken(t).all[tag]) {
				continue // "1 try left."
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s fills in (-English +%s):\n%s", tag, name, tag, diff)
			}
		}
	}
}

// onlyOne says that the language's form for one is of no other number.
func onlyOne(w *words) bool {
	for n := range 200 {
		if n != 1 && plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0) == plural.One {
			return false
		}
	}
	return true
}

// Each counted text has the forms that its language has, and no others.
func TestPluralForms(t *testing.T) {
	names := map[plural.Form]string{plural.One: "one", plural.Few: "few", plural.Many: "many", plural.Other: "other"}
	for tag, w := range spoken(t).all {
		want := map[string]bool{"other": true}
		for n := range 200 {
			want[names[plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)]] = true
		}
		for key, v := range catalogue(t, tag) {
			forms, ok := v.(map[string]any)
			if !ok {
				continue
			}
			got := map[string]bool{}
			for form := range forms {
				got[form] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s has not the forms of its language (-wanted +got):\n%s", tag, key, diff)
			}
		}
	}
}

// sameInMany are texts that may be as in English in every language.
func sameInMany() []string {
	return []string{"ok", "clock", "minutes", "hours", "doTeam", "leftOne", "date", "dateFirst", "code", "serverState", "wifi"}
}

func TestNothingIsLeftInEnglish(t *testing.T) {
	model := flat(catalogue(t, fallback))
	for _, tag := range spoken(t).Tags() {
		if strings.HasPrefix(tag, fallback) {
			continue
		}
		for name, text := range flat(catalogue(t, tag)) {
			if text == model[name] && !slices.Contains(sameInMany(), name) && !slices.Contains(sameIn(tag), name) {
				t.Errorf("%s: %s is still English: %q", tag, name, text)
			}
		}
	}
}

// sameIn are words that a language shares with English.
func sameIn(tag string) []string {
	return map[string][]string{
		"de": {"months d", "months h", "months i", "months k"}, // April, August, September, November
		"fr": {"message"},
		"it": {"wifiPassword"},
		"nl": {"wifiOpen"},
	}[tag]
}

func TestWhichLanguage(t *testing.T) {
	l := spoken(t)
	for _, c := range []struct {
		tags []string
		want string
	}{
		{nil, "en"},
		{[]string{"", "de"}, "de"},
		{[]string{"de-AT"}, "de"},
		{[]string{"de_CH"}, "de"},
		{[]string{"en-US", "de"}, "en-US"},
		{[]string{"en-GB", "de"}, "en"},
		{[]string{"ja", "de"}, "de"},
		{[]string{"no such thing", "ja"}, "en"},
	} {
		if got := l.first(c.tags...).tag.String(); got != c.want {
			t.Errorf("%q speaks %s, want %s", c.tags, got, c.want)
		}
	}
}

func TestTimesAndDates(t *testing.T) {
	l := spoken(t)
	at := time.Date(2026, 3, 1, 18, 5, 0, 0, time.UTC)
	for tag, want := range map[string][4]string{
		"en":    {"18:05", "1 March", "3 h 07 min", "Sunday"},
		"en-US": {"6:05 PM", "March 1", "3 h 07 min", "Sunday"},
		"de":    {"18:05", "1. März", "3 Std. 07 Min.", "Sonntag"},
		"es":    {"18:05", "1 de marzo", "3 h 07 min", "Domingo"},
		"fr":    {"18:05", "1er mars", "3 h 07 min", "Dimanche"},
		"it":    {"18:05", "1º marzo", "3 h 07 min", "Domenica"},
		"nl":    {"18:05", "1 maart", "3 u 07 min", "Zondag"},
		"pl":    {"18:05", "1 marca", "3 godz. 07 min", "Niedziela"},
		"pt":    {"18:05", "1º de março", "3 h 07 min", "Domingo"},
		"tr":    {"18:05", "1 Mart", "3 sa 07 dk", "Pazar"},
		"uk":    {"18:05", "1 березня", "3 год 07 хв", "Неділя"},
	} {
		w := l.first(tag)
		length := strings.ReplaceAll(w.length(3*time.Hour+7*time.Minute+59*time.Second), "\u00a0", " ")
		got := [4]string{w.clock(at), w.day(at), length, w.weekday(at)}
		if got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

func TestCounting(t *testing.T) {
	l := spoken(t)
	for tag, want := range map[string]map[int]string{
		"en": {0: "0 people", 1: "1 person", 2: "2 people"},
		"fr": {0: "0 personne", 1: "1 personne", 2: "2 personnes"},
		"pl": {1: "1 osoba", 2: "2 osoby", 5: "5 osób", 12: "12 osób", 22: "22 osoby", 25: "25 osób"},
		"uk": {1: "1 особа", 2: "2 особи", 5: "5 осіб", 11: "11 осіб", 21: "21 особа", 34: "34 особи"},
		"tr": {1: "1 kişi", 2: "2 kişi"},
	} {
		for n, text := range want {
			if got := l.first(tag).people(n); got != text {
				t.Errorf("%s counts %q, want %q", tag, got, text)
			}
		}
	}
}

// The ten languages of the product are here, and no other.
func TestTheLanguages(t *testing.T) {
	want := []string{"de", "en", "en-US", "es", "fr", "it", "nl", "pl", "pt", "tr", "uk"}
	if diff := cmp.Diff(want, spoken(t).Tags()); diff != "" {
		t.Errorf("languages (-want +got):\n%s", diff)
	}
}

// A catalogue with a mistake is one that the program does not start with.
func TestACatalogueWithAMistake(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": `{`, "an unknown key": `{"strat": "x"}`, "a number": `{"start": 7}`,
	} {
		if err := (&Languages{all: map[string]*words{}}).add("de", []byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := (&Languages{all: map[string]*words{}}).add("no such tag", []byte("{}")); err == nil {
		t.Error("a tag that is none is taken")
	}
}
