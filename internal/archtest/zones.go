package archtest

import (
	"path"
	"slices"
	"strings"
)

// zoneRules: every program carries the rules of the world's zones, else a machine
// without them, such as a small image, takes every kiosk to be in UTC.
var zoneRules = []Rule{{"zones", checkZones}}

func checkZones(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		if !strings.HasPrefix(f.Package, "cmd/") || path.Base(f.Path) != "main.go" {
			continue
		}
		if !slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == "time/tzdata" }) {
			vs = append(vs, Violation{f.Package, "import time/tzdata in main.go: zones are known also where the machine has none"})
		}
	}
	return sorted(vs)
}
