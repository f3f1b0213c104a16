package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// floors says on which floor each package stands. A package imports only from
// lower floors. "x/*" stands for everything under x.
var floors = []struct {
	floor    int
	name     string
	packages []string
}{
	{0, "ground", []string{"internal/problem", "internal/lifecycle", "internal/archtest"}},
	{1, "words", []string{"attendance", "internal/lifecycle/lifecycletest"}},
	{2, "mechanisms", []string{
		"attendance/pin", "attendance/badge", "attendance/clocktrust", "sync/record", "sync/schedule",
		"sync/trust", "internal/config", "internal/command",
	}},
	{3, "messages", []string{"sync/wire"}}, // they carry records
	{4, "edges", []string{
		"store", "device/hw", "device/local", "device/wifi", "device/wifi/wifitest", "sync/mqttlink", "sync/httplink",
		"central/backup", "central/client", "central/hook", "central/post", "central/post/posttest", "central/sheet",
	}},
	{5, "tables", []string{"store/devicedb", "store/centraldb", "sync/linktest", "sync/linktest/*", "store/disktest"}},
	{6, "use cases", []string{
		"device", "device/commands", "device/diagnostics", "device/enrol", "device/health", "device/reserve", "device/salvage", "device/timekeeper", "device/wipe", "sync/outbox", "sync/inbox", "central/access", "central/audit", "central/badges", "central/bulletin", "central/commands",
		"central/ingest", "central/ledger", "central/roster", "central/team", "central/fleet", "central/health", "central/times", "central/timesheet",
		"central/notify", "central/export", "central/correct", "central/diagnostics", "central/salvage", "central/settings", "central/webcert", "central/witness", "central/work", "store/storetest",
	}},
	{7, "rounds and faces", []string{
		"sync/agent", "ui", "central/broker", "central/devices", "central/api", "central/admin",
	}},
	{8, "programs", []string{"cmd/*", "central/api/apitest"}},
	{9, "everything at once", []string{"e2e", "e2e/*", "bench", "bench/*", "packaging/check"}},
}

// apart lists folders whose packages never meet, in either direction, tests
// included.
var apart = []struct {
	one, other []string
	reason     string
}{
	{
		[]string{"central/*"},
		[]string{"device", "device/*", "sync/outbox", "sync/inbox", "sync/agent", "ui"},
		"the two machines share only formats, so that each can be replaced alone",
	},
	{
		[]string{"ui"},
		[]string{"store", "store/*", "sync/*"},
		"the screen is disposable and holds nothing but what the daemon tells it",
	},
}

// visits are imports that tests make against the floors, each with its reason.
var visits = []struct {
	tests, of string
	reason    string
}{
	{"central/access", "central/audit", "what is audited is checked in the real log"},
	{"central/badges", "central/audit", "what is audited is checked in the real log"},
	{"central/bulletin", "central/audit", "what is audited is checked in the real log"},
	{"central/commands", "central/audit", "what is audited is checked in the real log"},
	{"central/correct", "central/audit", "what is audited is checked in the real log"},
	{"central/diagnostics", "central/audit", "what is audited is checked in the real log"},
	{"central/export", "central/audit", "what is audited is checked in the real log"},
	{"central/export", "central/team", "the PINs are real ones"},
	{"central/fleet", "central/audit", "what is audited is checked in the real log"},
	{"central/notify", "central/audit", "what is audited is checked in the real log"},
	{"central/salvage", "central/ingest", "what is handed in goes into the real log"},
	{"central/salvage", "central/correct", "what is accepted is accepted for good"},
	{"central/salvage", "central/audit", "what is audited is checked in the real log"},
	{"central/settings", "central/audit", "what is audited is checked in the real log"},
	{"central/team", "central/audit", "what is audited is checked in the real log"},
	{"central/times", "central/audit", "what is audited is checked in the real log"},
	{"central/work", "central/audit", "what is audited is checked in the real log"},
}

var floorRules = []Rule{
	{"floors", checkFloors},
	{"apart", checkApart},
	{"test packages", checkTestPackages},
}

// floorOf gives the floor of a package, or false for one that has none.
func floorOf(pkg string) (int, bool) {
	for _, f := range floors {
		if withinAny(pkg, f.packages) {
			return f.floor, true
		}
	}
	return 0, false
}

func checkFloors(t *Tree) []Violation {
	var vs []Violation
	for _, pkg := range t.packages() {
		if _, ok := floorOf(pkg); !ok {
			vs = append(vs, Violation{pkg, "this package has no floor; give it one in internal/archtest/floors.go"})
		}
	}
	for _, f := range t.Files {
		for _, i := range f.Imports {
			if why := climbs(f, i); why != "" {
				vs = append(vs, Violation{t.at(i.Pos), why})
			}
		}
	}
	return sorted(vs)
}

// climbs says what is wrong with an import, "" when nothing is.
func climbs(f *File, i Import) string {
	from, ok := floorOf(f.Package)
	if !i.Own || !ok || visiting(f, i.Path) {
		return ""
	}
	to, ok := floorOf(i.Path)
	if !ok {
		return fmt.Sprintf("imports %s, which has no floor", i.Path)
	}
	if to < from {
		return ""
	}
	return fmt.Sprintf("%s (floor %d) imports %s (floor %d); only lower floors may be imported",
		f.Package, from, i.Path, to)
}

// visiting says whether a file may import the package whatever its floor: tests
// may import their own package, test packages, and what the table of visits has.
func visiting(f *File, of string) bool {
	if !f.Test {
		return isTestPackage(f.Package) && isTestPackage(of)
	}
	if of == f.Package || isTestPackage(of) {
		return true
	}
	for _, v := range visits {
		if within(f.Package, v.tests) && within(of, v.of) {
			return true
		}
	}
	return false
}

func checkApart(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, i := range f.Imports {
			if why := meets(f.Package, i); why != "" && !visiting(f, i.Path) {
				vs = append(vs, Violation{t.at(i.Pos), why})
			}
		}
	}
	return sorted(vs)
}

func meets(pkg string, i Import) string {
	if !i.Own {
		return ""
	}
	for _, a := range apart {
		there := withinAny(pkg, a.one) && withinAny(i.Path, a.other)
		back := withinAny(pkg, a.other) && withinAny(i.Path, a.one)
		if there || back {
			return fmt.Sprintf("%s imports %s; they stay apart: %s", pkg, i.Path, a.reason)
		}
	}
	return ""
}

// isTestPackage says whether a package exists for tests only: it or a folder
// above it is called storetest, linktest, lifecycletest and the like, or it
// tries or measures the whole.
func isTestPackage(pkg string) bool {
	if withinAny(pkg, []string{"e2e", "e2e/*", "bench", "bench/*", "packaging/check"}) {
		return true
	}
	return slices.ContainsFunc(strings.Split(pkg, "/"), func(folder string) bool {
		return strings.HasSuffix(folder, "test") && folder != "archtest"
	})
}

func checkTestPackages(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, i := range f.Imports {
			if i.Own && isTestPackage(i.Path) && !f.Test && !isTestPackage(f.Package) {
				vs = append(vs, Violation{t.at(i.Pos), i.Path + " is imported outside tests"})
			}
		}
	}
	return sorted(vs)
}
