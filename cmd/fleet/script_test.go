package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/store/centraldb"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fleet": main})
}

// TestScripts runs every script of testdata as a person would, each against a
// central of its own over TLS.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			t.Parallel()
			script(t, f)
		})
	}
}

func script(t *testing.T, file string) {
	c := apitest.Start(t)
	testscript.Run(t, testscript.Params{
		Files:               []string{file},
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			for _, kv := range [][2]string{
				{"XDG_CONFIG_HOME", e.WorkDir + "/config"},
				{"HOME", e.WorkDir},
				{"TZ", "Europe/Berlin"},
				{"SERVER", c.URL},
				{"CA", c.CAFile},
				{"EMAIL", apitest.Email},
			} {
				e.Setenv(kv[0], kv[1])
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "password"), []byte(apitest.Password+"\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"login":  func(ts *testscript.TestScript, _ bool, _ []string) { login(ts, c) },
			"result": func(ts *testscript.TestScript, _ bool, args []string) { result(ts, c, args) },
			"hands":  func(ts *testscript.TestScript, _ bool, args []string) { hands(ts, c, args) },
			"enrol":  func(ts *testscript.TestScript, _ bool, args []string) { enrol(ts, c, args) },
			"flaw": func(_ *testscript.TestScript, _ bool, args []string) { // ID KIND
				c.Flaw(args[0], args[1], 9)
			},
			"staff":  func(_ *testscript.TestScript, _ bool, args []string) { c.People(args...) },
			"clock":  func(_ *testscript.TestScript, _ bool, args []string) { c.Kiosk(args[0], args[1]) },
			"punch":  func(ts *testscript.TestScript, _ bool, args []string) { punch(ts, c, args) },
			"asks":   func(ts *testscript.TestScript, _ bool, args []string) { asks(ts, c, args) },
			"missed": func(ts *testscript.TestScript, _ bool, args []string) { missed(ts, c, args) },
			"card":   func(ts *testscript.TestScript, _ bool, args []string) { card(ts, c, args) },
			"waits":  func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], c.Waits()) }, // VARIABLE
			"rows":   writeRows,
			"hash":   func(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(c.Hasher.Once(t.Context())) },
			"hasher": func(*testscript.TestScript, bool, []string) { runHasher(t, c) },
			"mode":   checkMode,
			"lines":  countLines,
		},
	})
}

func login(ts *testscript.TestScript, c *apitest.Central) {
	ts.Check(ts.Exec("fleet", "login", "--server", c.URL, "--ca", c.CAFile, "--email", apitest.Email, "--password-file", "password"))
}

// result KIOSK NUMBER ok|failed WORDS says how a kiosk's command went, once it was
// asked for; the kiosk is named.
func result(ts *testscript.TestScript, c *apitest.Central, args []string) {
	all, err := c.DB.Kiosks(context.Background())
	ts.Check(err)
	number, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for _, k := range all {
		if k.Name != args[0] {
			continue
		}
		for {
			if _, err := c.DB.Command(ctx, k.ID, number); err == nil {
				break
			}
			select {
			case <-ctx.Done():
				ts.Fatalf("command %d was not asked for", number)
			case <-tick.C:
			}
		}
		c.Answer(k.ID, number, args[2] == "ok", args[3])
	}
}

// punch PERSON KIOSK ACTION INSTANT [AUTH] makes a punch arrive.
// enrol gives a kiosk, by its name, a machine that was never heard of.
func enrol(ts *testscript.TestScript, c *apitest.Central, args []string) {
	all, err := c.DB.Kiosks(context.Background())
	ts.Check(err)
	for _, k := range all {
		if k.Name == args[0] {
			k.Status, k.EnrolledAt = centraldb.KioskEnrolled, 1
			ts.Check(c.DB.Update(context.Background(), func(tx *centraldb.Tx) error { return tx.SetKioskIdentity(context.Background(), k) }))
		}
	}
}

// hands puts an archive of diagnostics where central keeps those of a kiosk, named in full.
func hands(ts *testscript.TestScript, c *apitest.Central, args []string) {
	all, err := c.DB.Kiosks(context.Background())
	ts.Check(err)
	for _, k := range all {
		if k.Name == args[0] {
			dir := filepath.Join(c.DiagnosticsDir(), k.ID)
			ts.Check(os.MkdirAll(dir, 0o700))
			ts.Check(os.WriteFile(filepath.Join(dir, "1772438400000000000-00112233445566ff.tar.gz"), []byte("an archive"), 0o600))
		}
	}
}

func punch(ts *testscript.TestScript, c *apitest.Central, args []string) {
	at, err := time.Parse(time.RFC3339, args[3])
	ts.Check(err)
	u := attendance.Punch{Person: args[0], Kiosk: args[1], Action: attendance.Action(args[2]), At: at.UTC(), Auth: attendance.AuthPersonal}
	if len(args) > 4 {
		u.Auth = attendance.Auth(args[4])
	}
	c.Punch(u)
}

// asks ID PERSON KIOSK has a request for a new PIN arrive.
func asks(ts *testscript.TestScript, c *apitest.Central, args []string) {
	id, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	ts.Check(c.DB.Update(context.Background(), func(tx *centraldb.Tx) error {
		return tx.AddPINRequest(context.Background(), centraldb.PINRequest{ID: id, Person: args[1], Kiosk: args[2], At: 1_772_438_400_000_000_000})
	}))
}

// missed ID PERSON KIOSK ACTION INSTANT has a request for a punch arrive.
func missed(ts *testscript.TestScript, c *apitest.Central, args []string) {
	id, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	at, err := time.Parse(time.RFC3339, args[4])
	ts.Check(err)
	ts.Check(c.DB.Update(context.Background(), func(tx *centraldb.Tx) error {
		return tx.AddPunchRequest(context.Background(), centraldb.PunchRequest{
			ID: id, Person: args[1], Kiosk: args[2], Action: attendance.Action(args[3]), Reason: "forgot it", Claim: at.UnixNano(), Zone: "UTC",
		})
	}))
}

// card ID KIOSK BADGE CODE has a kiosk tell of a card of nobody.
func card(ts *testscript.TestScript, c *apitest.Central, args []string) {
	id, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	now := time.Now().UnixNano()
	ts.Check(c.DB.Update(context.Background(), func(tx *centraldb.Tx) error {
		return tx.AddUnknownBadge(context.Background(), centraldb.UnknownBadge{ID: id, Kiosk: args[1], Badge: args[2], Code: args[3], At: now, ReceivedAt: now})
	}))
}

// rows FILE N writes a good CSV of N people.
func writeRows(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b strings.Builder
	b.WriteString("staff_no,name,team,role\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,Person %d,Team %d,\n", 100_000+i, i, i%40)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func runHasher(t *testing.T, c *apitest.Central) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Hasher.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// mode FILE PERMISSIONS checks who may read a file.
func checkMode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, not %s", args[0], got, args[1])
	}
}

// lines FILE N counts lines.
func countLines(ts *testscript.TestScript, _ bool, args []string) {
	if got := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s has %d lines, not %s", args[0], got, args[1])
	}
}
