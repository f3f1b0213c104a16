package archtest

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// traces are words that mean something only to whoever wrote the line.
var (
	traces = regexp.MustCompile(`(?:^|[\s"'=(])(?:/(?:home|root|Users|work|workspace)/\w|(?:\.\./)+[a-z]+/design)`)
	issues = regexp.MustCompile(`(?i)\bissues?[ -]#?\d{1,3}\b|(?:fixes|closes|see|refs) #\d+|(?:^|[\s(])#\d{1,4}\b`)
	// standards have numbers that are their names.
	standards = regexp.MustCompile(`PKCS ?#\d+`)

	later = regexp.MustCompile(`\b(?:TODO|FIXME|XXX)\b`)
)

var textRules = []Rule{{"texts", checkTexts}}

// checkTexts looks through Go files and documents line by line. This package,
// which has to name what it looks for, is left out.
func checkTexts(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		if f.Package != "internal/archtest" {
			vs = append(vs, linesIn(f.Path, f.Source, true)...)
		}
	}
	for _, x := range t.Texts {
		vs = append(vs, linesIn(x.Path, x.Source, false)...)
	}
	return sorted(vs)
}

func linesIn(file, source string, code bool) []Violation {
	var vs []Violation
	for n, line := range strings.Split(source, "\n") {
		for _, why := range wrongWords(line, code || path.Ext(file) == ".md") {
			vs = append(vs, Violation{fmt.Sprintf("%s:%d", file, n+1), why})
		}
	}
	return vs
}

// wrongWords says what a line should not hold. Numbers behind a # are looked for
// in code comments and documents only; elsewhere they are colours.
func wrongWords(line string, prose bool) []string {
	var why []string
	if m := traces.FindString(line); m != "" {
		why = append(why, fmt.Sprintf("%q means nothing outside one machine", m))
	}
	if prose {
		if m := issues.FindString(standards.ReplaceAllString(line, "")); m != "" {
			why = append(why, fmt.Sprintf("%q: say the reason, not its number", strings.TrimSpace(m)))
		}
		if m := later.FindString(line); m != "" {
			why = append(why, m+": do it or leave it out")
		}
	}
	return why
}
