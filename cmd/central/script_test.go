package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/timepost/timepost/attendance/pin"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"central": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"tamper": tamper},
	})
}

// tamper FILE OLD NEW overwrites bytes as somebody would who can write the file.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) || len(args[1]) != len(args[2]) {
		ts.Fatalf("can't overwrite %s in %s", args[1], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}

func TestPINsAreHashedAtProductionCost(t *testing.T) {
	t.Parallel()
	if hashCost() < pin.ProductionCost || hashCost() < 10 {
		t.Fatalf("bcrypt cost %d", hashCost())
	}
}
