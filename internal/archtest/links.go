package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// links says what a program never links, however many imports away.
var links = []struct {
	program string
	never   []string // own packages ("x/*" for all under x) and outside paths
	reason  string
}{
	{
		"cmd/kioskd",
		[]string{"central/*", "ui", "fyne.io/fyne/v2", "github.com/nats-io", "github.com/jackc/pgx/v5"},
		"the daemon runs without a screen and is small",
	},
	{
		"cmd/kiosk",
		[]string{"central/*", "store", "store/*", "sync/mqttlink", "sync/agent", "github.com/nats-io", "github.com/jackc/pgx/v5"},
		"the screen can read neither PIN hashes nor keys",
	},
	{
		"cmd/central",
		[]string{"device", "device/*", "sync/outbox", "sync/inbox", "sync/agent", "ui", "fyne.io/fyne/v2"},
		"the server is no kiosk",
	},
	{
		"cmd/fleet",
		[]string{"ui", "fyne.io/fyne/v2"},
		"the operator's shell has no screen",
	},
}

var linkRules = []Rule{{"links", checkLinks}}

func checkLinks(t *Tree) []Violation {
	imports := make(map[string][]Import)
	for _, f := range t.Files {
		if !f.Test {
			imports[f.Package] = append(imports[f.Package], f.Imports...)
		}
	}
	var vs []Violation
	for _, l := range links {
		for target, way := range reach(imports, l.program) {
			if forbidden(target, l.never) {
				vs = append(vs, Violation{l.program, fmt.Sprintf("links %s by way of %s: %s",
					target, strings.Join(way, " -> "), l.reason)})
			}
		}
	}
	slices.SortFunc(vs, func(a, b Violation) int { return strings.Compare(a.String(), b.String()) })
	return vs
}

func forbidden(target string, never []string) bool {
	return slices.ContainsFunc(never, func(n string) bool {
		outside := strings.Contains(n, ".")
		return within(target, n) || outside && strings.HasPrefix(target, n+"/")
	})
}

// reach gives everything that start imports, directly or not, with the way there.
func reach(imports map[string][]Import, start string) map[string][]string {
	ways := make(map[string][]string)
	queue := []string{start}
	for len(queue) > 0 {
		pkg := queue[0]
		queue = queue[1:]
		for _, i := range imports[pkg] {
			if _, seen := ways[i.Path]; seen {
				continue
			}
			ways[i.Path] = append(slices.Clip(ways[pkg]), pkg)
			if i.Own {
				queue = append(queue, i.Path)
			}
		}
	}
	return ways
}
