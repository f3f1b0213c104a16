package admin

import (
	"net/http"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
)

// navItem is one link of the navigation.
type navItem struct {
	Name string // what a page calls itself in page.Here
	Text string
	Path string

	Count int // what waits there, 0 for nothing
}

// navItems is everything that the navigation can hold, in its order. A role sees
// those whose route exists and that it may open.
func navItems() []navItem {
	return []navItem{
		{Name: "now", Text: "Now", Path: "/"},
		{Name: "me", Text: "My record", Path: "/me"},
		{Name: "punches", Text: "Punches", Path: "/punches"},
		{Name: "review", Text: "Review", Path: "/review"},
		{Name: "team", Text: "Team", Path: "/team"},
		{Name: "kiosks", Text: "Kiosks", Path: "/kiosks"},
		{Name: "audit", Text: "Audit", Path: "/audit"},
		{Name: "settings", Text: "Settings", Path: "/settings"},
	}
}

// nav gives somebody's navigation. Who sees everybody's punches needs no page for
// the own ones, unless the account is a person's.
func (p *pages) nav(who access.Identity) []navItem {
	var out []navItem
	for _, item := range navItems() {
		nobodys := item.Name == "me" && who.Person == "" && access.Allowed(who.Role, access.PunchesAll)
		switch {
		case item.Name == "punches" && access.Allowed(who.Role, access.PunchesFix):
			item.Count = int(p.asking.Load())
		case item.Name == "team" && access.Allowed(who.Role, access.PINsWrite):
			item.Count = int(p.lost.Load())
		}
		if p.opens(who.Role, item.Path) && !nobodys {
			out = append(out, item)
		}
	}
	return out
}

// opens says whether a role may open the page at path, which has no ids in it.
func (p *pages) opens(role attendance.Role, path string) bool {
	needs, ok := p.needs[path]
	return ok && (needs == "" || access.Allowed(role, needs))
}

// needsOf gives what each page without an id needs.
func needsOf(table []route) map[string]access.Permission {
	out := map[string]access.Permission{}
	for _, r := range table {
		path := strings.TrimSuffix(r.path, "{$}")
		if r.method == http.MethodGet && !strings.Contains(path, "{") {
			out[path] = r.needs
		}
	}
	return out
}
