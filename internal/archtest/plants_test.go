package archtest_test

import "strings"

// borders break the rules on who may import what.
func borders() map[string]plant {
	return map[string]plant{
		"imports a higher floor":  {"floors", in("store/a.go", "package store\n"+own+`store/devicedb"`), "store (floor 4) imports store/devicedb"},
		"imports its own floor":   {"floors", in("device/a.go", "package device\n"+own+`device/enrol"`), "only lower floors"},
		"imports upward in tests": {"floors", in("store/a_test.go", "package store_test\n"+own+`store/devicedb"`), "only lower floors"},
		"imports a lower floor":   {"floors", in("device/a.go", "package device\n"+own+`store/devicedb"`), ""},
		"tests itself":            {"floors", in("store/a_test.go", "package store_test\n"+own+`store"`), ""},
		"new package":             {"floors", in("extra/a.go", "package extra"), "has no floor"},
		"imports a new package":   {"floors", in("store/a.go", "package store\n"+own+`extra"`), "imports extra, which has no floor"},

		"centre knows kiosk":       {"apart", in("central/api/a.go", "package api\n"+own+`device"`), "stay apart"},
		"centre knows outbox":      {"apart", in("central/ingest/a.go", "package ingest\n"+own+`sync/outbox"`), "stay apart"},
		"kiosk knows centre":       {"apart", in("device/enrol/a.go", "package enrol\n"+own+`central/client"`), "stay apart"},
		"agent knows centre":       {"apart", in("sync/agent/a_test.go", "package agent\n"+own+`central/ingest"`), "stay apart"},
		"screen knows store":       {"apart", in("ui/a.go", "package ui\n"+own+`store"`), "stay apart"},
		"screen knows the network": {"apart", in("ui/a.go", "package ui\n"+own+`sync/wire"`), "stay apart"},

		"test package in product": {"test packages", in("device/a.go", "package device\n"+own+`sync/linktest"`), "outside tests"},
		"part of a test package":  {"test packages", in("device/a.go", "package device\n"+own+`sync/linktest/relay"`), "outside tests"},
		"test package in tests":   {"test packages", in("device/a_test.go", "package device\n"+own+`sync/linktest"`), ""},

		"unknown library":       {"customs", in("device/a.go", "package device\nimport _ \"example.org/x/y\""), "not in the customs table"},
		"library past its door": {"customs", in("central/api/a.go", "package api\nimport _ \"github.com/mattn/go-sqlite3\""), "whose doors are [store]"},
		"app past its door":     {"customs", in("ui/a.go", "package ui\nimport _ \"fyne.io/fyne/v2/app\""), "whose doors are [cmd/kiosk]"},
		"part of a library":     {"customs", in("ui/a.go", "package ui\nimport _ \"fyne.io/fyne/v2/widget\""), ""},
		"similar path":          {"customs", in("ui/a.go", "package ui\nimport _ \"fyne.io/fyne/v22\""), "not in the customs table"},
		"SQL in a use case":     {"customs", in("central/team/a.go", "package team\nimport _ \"database/sql\""), "whose doors are [store store/*]"},
		"HTTP in a use case":    {"customs", in("device/a.go", "package device\nimport _ \"net/http\""), "use cases know no HTTP"},
		"test library":          {"customs", in("device/a.go", "package device\nimport _ \"github.com/google/go-cmp/cmp\""), "whose doors are []"},
		"test library in tests": {"customs", in("device/a_test.go", "package device\nimport _ \"github.com/google/go-cmp/cmp\""), ""},
		"old randomness":        {"customs", in("device/a.go", "package device\nimport _ \"math/rand\""), "math/rand/v2"},

		"daemon links the broker": {"links", map[string]string{
			"cmd/kioskd/a.go":    "package main\n" + own + `device"`,
			"device/a.go":        "package device\n" + own + `sync/mqttlink"`,
			"sync/mqttlink/a.go": "package mqttlink\nimport _ \"github.com/nats-io/nats.go\"",
		}, "by way of cmd/kioskd -> device -> sync/mqttlink"},
		"screen links the store": {"links", map[string]string{
			"cmd/kiosk/a.go": "package main\n" + own + `ui"`,
			"ui/a.go":        "package ui\n" + own + `store"`,
		}, "PIN hashes"},
		"centre links the screen": {"links", in("cmd/central/a.go", "package main\nimport _ \"fyne.io/fyne/v2/widget\""), "the server is no kiosk"},
		"program without zones":   {"zones", in("cmd/fleet/main.go", "package main\nimport _ \"time\""), "import time/tzdata"},
		"program with zones":      {"zones", in("cmd/fleet/main.go", "package main\nimport _ \"time/tzdata\""), ""},
		"tests link anything":     {"links", in("cmd/kioskd/a_test.go", "package main\n"+own+`central/broker"`), ""},
	}
}

// shapes break the rules on what a file may look like.
func shapes() map[string]plant {
	long := strings.Repeat("\n", 401)
	return map[string]plant{
		"long file":      {"file length", in("device/a.go", "package device"+long), "at most 400"},
		"long main":      {"file length", in("cmd/kioskd/main.go", "package main"+long[:81]), "at most 80"},
		"long function":  {"function length", in("device/a.go", "package device\nfunc f() {"+long[:60]+"}"), "f has 61 lines"},
		"a test's table": {"function length", in("device/a_test.go", "package device\nfunc f() {\nfor range []int{"+long[:60]+"} {\n}\n}"), ""},
		"a test's steps": {"function length", in("device/a_test.go", "package device\nfunc f() {"+long[:60]+"}"), "f has 61 lines"},
		"fair function":  {"function length", in("device/a.go", "package device\nfunc f() {"+long[:59]+"}"), ""},
		"deep nesting":   {"nesting", in("device/a.go", "package device\nfunc f() { for { if a { switch { case b: if c { d() } } } } }"), "f nests 4 deep"},
		"deep else":      {"nesting", in("device/a.go", "package device\nfunc f() { for { if a { } else if b { for { if c { d() } } } } }"), "f nests 4 deep"},
		"fair nesting":   {"nesting", in("device/a.go", "package device\nfunc f() { for { if a { } else if b { for { g() } } }; h(func() { if c { } }) }"), ""},
		"big interface":  {"interface size", in("device/a.go", "package device\ntype i interface{ a(); b(); c(); d(); e(); f() }"), "6 methods"},
		"fair interface": {"interface size", in("device/a.go", "package device\ntype i interface{ a(); b(); c(); d(); e() }"), ""},

		"init":              {"no init", in("device/a.go", "package device\nfunc init() {}"), "init()"},
		"method init":       {"no init", in("device/a.go", "package device\ntype t int\nfunc (t) init() {}"), ""},
		"global":            {"no mutable globals", in("device/a.go", "package device\nvar count int"), "package variable count"},
		"global map":        {"no mutable globals", in("device/a.go", "package device\nvar m = map[string]int{}"), "package variable m"},
		"one of two":        {"no mutable globals", in("device/a.go", "package device\nvar a, b = errors.New(\"\"), 1"), "package variable b"},
		"made elsewhere":    {"no mutable globals", in("device/a.go", "package device\nvar a = f()"), "package variable a"},
		"sentinels":         {"no mutable globals", in("device/a.go", "package device\nvar a = problem.New(1, 2, 3).With(4, 5)\nvar b = regexp.MustCompile(``)\nvar _ = f()\nvar x, y = errors.New(``), errors.New(``)"), ""},
		"embedded":          {"no mutable globals", in("device/a.go", "package device\n//go:embed x\nvar f embed.FS"), ""},
		"commented":         {"no mutable globals", in("device/a.go", "package device\n// go:embed x\nvar f embed.FS"), "package variable f"},
		"version":           {"no mutable globals", in("cmd/kiosk/a.go", "package main\nvar version string"), ""},
		"version elsewhere": {"no mutable globals", in("device/a.go", "package device\nvar version string"), "package variable version"},

		"vague name":     {"package names", in("internal/utils/a.go", "package utils"), "name what it holds"},
		"own sync":       {"package names", in("sync/a.go", "package sync"), "name what it holds"},
		"another folder": {"package names", in("device/a.go", "package gadget"), "is in folder device"},
		"outside tests":  {"package names", in("device/a_test.go", "package device_test"), ""},
		"getter":         {"getters", in("device/a.go", "package device\nfunc (t T) GetName() {}"), "leave the Get out"},
		"getaway":        {"getters", in("device/a.go", "package device\nfunc Getaway() {}"), ""},
	}
}

// manners break the rules on comments, calls and words.
func manners() map[string]plant {
	return map[string]plant{
		"package without comment": {"package comments", in("device/a.go", "package device"), "no package comment"},
		"comment in a test":       {"package comments", map[string]string{"device/a.go": "package device", "device/a_test.go": "// Package device.\npackage device"}, "no package comment"},
		"package with comment":    {"package comments", in("device/a.go", "// Package device is.\npackage device"), ""},
		"function":                {"comments on exports", in("device/a.go", "package device\nfunc F() {}"), "F is exported"},
		"method":                  {"comments on exports", in("device/a.go", "package device\nfunc (t *T[E]) M() {}"), "M is exported"},
		"method of a private":     {"comments on exports", in("device/a.go", "package device\nfunc (t *t) M() {}"), ""},
		"type":                    {"comments on exports", in("device/a.go", "package device\ntype T int"), "T is exported"},
		"type in a group":         {"comments on exports", in("device/a.go", "package device\n// Both.\ntype (\nT int\n// U is.\nU int\n)"), "T is exported"},
		"constant":                {"comments on exports", in("device/a.go", "package device\nconst C = 1"), "C is exported"},
		"group of constants":      {"comments on exports", in("device/a.go", "package device\n// All.\nconst (\nC = 1\nD = 2\n)"), ""},

		"fatal":               {"calls", in("device/a.go", "package device\nimport \"log\"\nfunc f() { log.Fatal() }"), "return the error"},
		"exit":                {"calls", in("device/a.go", "package device\nimport \"os\"\nfunc f() { os.Exit(1) }"), "outside a program"},
		"exit of a program":   {"calls", in("cmd/fleet/a.go", "package main\nimport \"os\"\nfunc f() { os.Exit(1) }"), ""},
		"sleep":               {"calls", in("device/a.go", "package device\nimport \"time\"\nfunc f() { time.Sleep(1) }"), "wait for the event"},
		"sleep, renamed":      {"calls", in("device/a_test.go", "package device\nimport x \"time\"\nfunc f() { x.Sleep(1) }"), "wait for the event"},
		"sleep in a bubble":   {"calls", in("device/a_test.go", "package device\nimport (\n\"time\"\n_ \"testing/synctest\"\n)\nfunc f() { time.Sleep(1) }"), ""},
		"clock in a use case": {"calls", in("device/a.go", "package device\nimport \"time\"\nfunc f() { time.Now() }"), "time is an argument"},
		"clock in a loop":     {"calls", in("device/a.go", "package device\nimport \"time\"\nfunc (s S) Run() { once(time.Now()) }"), ""},
		"clock given on":      {"calls", in("device/a.go", "package device\nimport \"time\"\nfunc f() { g(time.Now) }"), ""},
		"clock at the edge":   {"calls", in("sync/mqttlink/a.go", "package mqttlink\nimport \"time\"\nfunc f() { time.Now() }"), ""},
		"system":              {"calls", in("device/hw/a.go", "package hw\nimport \"runtime\"\nvar _ = runtime.GOOS == \"linux\""), "build tags"},
		"system in a switch":  {"calls", in("device/hw/a.go", "package hw\nimport \"runtime\"\nfunc f() { switch runtime.GOOS {} }"), "build tags"},
		"words of an error":   {"errors matched by text", in("device/a.go", "package device\nimport \"strings\"\nfunc f(err error) { strings.Contains(err.Error(), \"x\") }"), "told by its text"},

		"machine path":     {"texts", in("device/a.go", "package device // see ../"+"notes/design"), "outside one machine"},
		"number":           {"texts", in("device/a.go", "package device // see #12"), "say the reason"},
		"issue":            {"texts", in("README.md", "Part of issue 3."), "say the reason"},
		"standard":         {"texts", in("device/a.go", "package device // PKCS #10"), ""},
		"colour":           {"texts", in("central/admin/a.html", "color: #333"), ""},
		"heading":          {"texts", in("README.md", "# 12 things"), ""},
		"later":            {"texts", in("device/a.go", "package device // TODO: more"), "do it or leave it out"},
		"path in Makefile": {"texts", in("Makefile", "cd /home/ann/clock"), "outside one machine"},
	}
}
