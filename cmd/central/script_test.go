package main

import (
	"context"
	"os"
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
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

func TestPINsAreHashedAtProductionCost(t *testing.T) {
	t.Parallel()
	if hashCost() < pin.ProductionCost || hashCost() < 10 {
		t.Fatalf("bcrypt cost %d", hashCost())
	}
}
