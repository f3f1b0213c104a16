package main

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// notRun lists the blocks of docs/OPERATIONS.md that are not run, by a line of theirs,
// with the reason. Their commands are held to --help all the same.
func notRun() map[string]string {
	return map[string]string{
		"sudo systemctl enable --now timepost-central timepost-backup.timer": "needs root and systemd",
		"LoadCredential=data.key:/etc/timepost/data.key":                     "a file for systemd",
	}
}

func handbook(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// Whatever looks like a command is run, or is in the list of those that are not.
func TestEveryBlockOfTheHandbookIsRunOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, b := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(handbook(t), -1) {
		if b[1] == "sh" {
			continue
		}
		known := false
		for line := range notRun() {
			if strings.Contains("\n"+b[2], "\n"+line+"\n") {
				known, seen[line] = true, true
			}
		}
		if !known {
			t.Errorf("not run, and nothing says why:\n%s", b[2])
		}
	}
	for line := range notRun() {
		if !seen[line] {
			t.Errorf("%q is not on the page any more", line)
		}
	}
}

// Every command in a sentence, and in a block that is not run, has a verb and options
// that its program takes.
func TestEveryCommandOfTheHandbookIsOne(t *testing.T) {
	t.Parallel()
	page := handbook(t)
	outside := regexp.MustCompile("(?ms)^```sh\n.*?^```$").ReplaceAllString(page, "")
	commands := map[string]bool{}
	for _, m := range regexp.MustCompile("`((?:central|fleet|kioskd) [^`]+)`").FindAllStringSubmatch(outside, -1) {
		commands[strings.Join(strings.Fields(m[1]), " ")] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^(?:sudo (?:-u \S+ )?)?((?:central|fleet|kioskd) .+)$`).FindAllStringSubmatch(outside, -1) {
		commands[m[1]] = true
	}
	if len(commands) < 20 {
		t.Fatalf("%d commands found", len(commands))
	}
	bin := programs(t, freePorts(t))
	help := func(words []string) (string, bool) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, err := exec.CommandContext(ctx, bin+"/"+words[0], append(slices.Clone(words[1:]), "--help")...).CombinedOutput()
		return string(out), err == nil
	}
	for c := range commands {
		words := verbOf(c)
		text, ok := help(words)
		if !ok {
			t.Errorf("%s: there is no %s:\n%s", c, strings.Join(words, " "), text)
			continue
		}
		for _, flag := range regexp.MustCompile(`(?:^| )(--[a-z-]+)`).FindAllStringSubmatch(c, -1) {
			if !regexp.MustCompile(regexp.QuoteMeta(flag[1]) + `\b`).MatchString(text) {
				t.Errorf("%s: %s takes no %s", c, strings.Join(words, " "), flag[1])
			}
		}
	}
}

// verbOf gives the program and the words of its verb: what follows is an option, a name
// in quotes, or a placeholder in capitals.
func verbOf(command string) []string {
	var words []string
	for word := range strings.FieldsSeq(command) {
		if !regexp.MustCompile(`^[a-z][a-z-]*$`).MatchString(word) {
			break
		}
		words = append(words, word)
	}
	return words
}

// Everything that central tells of a kiosk is explained, and nothing else is.
func TestEveryAlertIsExplained(t *testing.T) {
	t.Parallel()
	var kinds, rows []string
	source, err := os.ReadFile("../../central/health/judge.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\w+\s+Kind = "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		kinds = append(kinds, m[1])
	}
	flaws, err := os.ReadFile("../../central/health/flaws.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\w+\s+Kind = centraldb\.Flaw(\w+)$`).FindAllStringSubmatch(string(flaws), -1) {
		kinds = append(kinds, strings.ToLower(m[1]))
	}
	_, section, _ := strings.Cut(handbook(t), "\n## Alerts\n")
	section, _, _ = strings.Cut(section, "\n### ")
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(section, -1) {
		rows = append(rows, m[1])
	}
	slices.Sort(kinds)
	slices.Sort(rows)
	if !slices.Equal(kinds, rows) || len(kinds) < 10 {
		t.Errorf("central tells of %v\nthe handbook of  %v", kinds, rows)
	}
}

// Every section is reached from the top, and every link leads somewhere.
func TestTheHandbookIsLinked(t *testing.T) {
	t.Parallel()
	page := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(handbook(t), "")
	anchors := map[string]bool{}
	top, _, _ := strings.Cut(page, "\n## ")
	for _, m := range regexp.MustCompile(`(?m)^(##+) (.+)$`).FindAllStringSubmatch(page, -1) {
		anchor := strings.ReplaceAll(regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[2]), ""), " ", "-")
		anchors[anchor] = true
		if m[1] == "##" && !strings.Contains(top, "(#"+anchor+")") {
			t.Errorf("%q is not linked at the top", m[2])
		}
	}
	for _, m := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(page, -1) {
		if !anchors[m[1]] {
			t.Errorf("#%s leads nowhere", m[1])
		}
	}
	for _, name := range []string{"Install", "Enrol a kiosk", "Replace a kiosk's machine", "Revoke a kiosk", "Back up", "Restore", "Upgrade"} {
		_, book, ok := strings.Cut(page, "\n## "+name+"\n")
		book, _, _ = strings.Cut(book, "\n## ")
		for _, part := range []string{"**When", "**Do", "**You see**", "**If it goes wrong"} {
			if !ok || !strings.Contains(book, part) {
				t.Errorf("the runbook %q lacks %s", name, part)
			}
		}
	}
}
