package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
)

// demoInfo is the file of fleet demo --info, as programs read it.
type demoInfo struct {
	Central  string `json:"central_url"`
	CAFile   string `json:"ca_file"`
	Token    string `json:"api_token"`
	Email    string `json:"owner_email"`
	Password string `json:"owner_password"`
	Kiosk    string `json:"kiosk_id"`
	Socket   string `json:"kiosk_socket"`
	Display  string `json:"display"`
	People   []struct {
		ID, Name, Role, PIN string
	} `json:"people"`
	Universal string `json:"universal_pin"`
}

// sweep ends what a demo that broke its promise has left running.
func (d *demo) sweep(t *testing.T) {
	for _, line := range d.processes(t) {
		id, _, _ := strings.Cut(line, " ")
		if pid, err := strconv.Atoi(id); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended meanwhile
		}
	}
}

// stopsWithin is what the demo promises for Ctrl-C.
const stopsWithin = 5 * time.Second

// demo is a data folder for fleet demo.
type demo struct {
	dir, data, info string
	runs            int
}

// launch starts the demo and waits until it has told where everything is.
func (d *demo) launch(t *testing.T, extra ...string) (*process, demoInfo) {
	t.Helper()
	if err := os.RemoveAll(d.info); err != nil {
		t.Fatal(err)
	}
	d.runs++
	began := time.Now()
	// Whatever it starts carries this folder in its environment, and is found by it.
	p := start(t, d.dir, fmt.Sprintf("demo%d", d.runs), []string{"HOME=" + d.dir, "DISPLAY="},
		append([]string{bin(t, "fleet"), "demo", "--headless", "--data", d.data, "--info", d.info}, extra...)...)
	var got demoInfo
	eventually(t, 90*time.Second, "the demo has told where everything is", func() bool {
		b, err := os.ReadFile(d.info)
		return err == nil && json.Unmarshal(b, &got) == nil
	})
	t.Logf("run %d is up after %v with %d processes", d.runs, time.Since(began).Round(100*time.Millisecond), len(d.processes(t)))
	return p, got
}

// processes lists what runs with the demo's folder in its command or environment.
func (d *demo) processes(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range all {
		cmd, _ := os.ReadFile(filepath.Join(p, "cmdline")) // it may have ended meanwhile
		env, _ := os.ReadFile(filepath.Join(p, "environ"))
		if bytes.Contains(cmd, []byte(d.dir)) || bytes.Contains(env, []byte(d.dir)) {
			found = append(found, filepath.Base(p)+" "+string(bytes.ReplaceAll(cmd, []byte{0}, []byte(" "))))
		}
	}
	return found
}

// gone fails the test unless the demo ends within its promise, and all of it.
func (d *demo) gone(t *testing.T, p *process, what string) {
	t.Helper()
	began := time.Now()
	eventually(t, 30*time.Second, "the demo ends after "+what, func() bool {
		select {
		case <-p.done:
			return len(d.processes(t)) == 0
		default:
			return false
		}
	})
	took := time.Since(began)
	if took > stopsWithin {
		t.Errorf("%s: it took %v until all was gone", what, took)
	}
	t.Logf("%s: all gone after %v", what, took.Round(10*time.Millisecond))
}

// TestDemo runs fleet demo as make run does, three times over one folder: ended
// by Ctrl-C, by --for, and by a kill that leaves it no time to clean up.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	d := &demo{dir: dir, data: filepath.Join(dir, "data"), info: filepath.Join(dir, "info.json")}
	t.Cleanup(func() { d.sweep(t) })
	p, info := d.launch(t)
	checkInfo(t, d.info, info)
	demoPunch(t, info, 1)
	if n := len(d.processes(t)); n < 5 { // fleet, central, kioskd, kiosk, Xvfb
		t.Errorf("only %d processes are found; their end would show nothing", n)
	}
	if err := syscall.Kill(p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	d.gone(t, p, "Ctrl-C")
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("after Ctrl-C the exit code is %d", code)
	}

	began := time.Now()
	p, again := d.launch(t, "--for", "12s")
	if again.Kiosk != info.Kiosk || again.Token != info.Token || len(again.People) != len(info.People) || again.Universal != info.Universal {
		t.Errorf("the second run made a new demo: %+v", again)
	}
	demoPunch(t, again, 2) // the one before is still there
	<-p.done
	if ran := time.Since(began); ran < 11*time.Second || ran > 12*time.Second+stopsWithin {
		t.Errorf("--for 12s ran %v", ran)
	}
	d.gone(t, p, "--for 12s")

	p, last := d.launch(t)
	demoPunch(t, last, 3)
	if err := syscall.Kill(p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.gone(t, p, "kill -9 of fleet")
}

// checkInfo holds the file against what it promises.
func checkInfo(t *testing.T, file string, info demoInfo) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(b, &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{
		"central_url", "ca_file", "api_token", "owner_email", "owner_password", "kiosk_id",
		"kiosk_socket", "display", "people", "universal_pin",
	} {
		if keys[k] == nil || keys[k] == "" {
			t.Errorf("the info file lacks %s", k)
		}
	}
	teams := map[string]bool{}
	roles := map[string]int{}
	for _, p := range info.People {
		roles[p.Role]++
		if p.ID == "" || p.Name == "" || len(p.PIN) < 4 {
			t.Errorf("incomplete: %+v", p)
		}
	}
	api := demoClient(t, info)
	page, err := api.People(t.Context(), client.PeopleQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range page.People {
		teams[p.Team] = true
	}
	kiosks, err := api.Kiosks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	delete(teams, "")
	if len(info.People) != 40 || page.Total != 40 || len(teams) != 3 || len(kiosks) != 2 || roles["admin"]+roles["owner"] == 0 {
		t.Errorf("%d people told, %d there, in %d teams, roles %v; %d kiosks", len(info.People), page.Total, len(teams), roles, len(kiosks))
	}
	if _, err := api.Login(t.Context(), info.Email, info.Password, "e2e"); err != nil {
		t.Errorf("the owner's login does not work: %v", err)
	}
	if !strings.HasPrefix(info.Display, ":") {
		t.Errorf("display %q", info.Display)
	}
}

func demoClient(t *testing.T, info demoInfo) *client.Client {
	t.Helper()
	api, err := client.New(client.Config{Server: info.Central, Token: info.Token, CAFile: info.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	return api
}

// demoPunch clocks the first regular person in or out with the PIN of the file,
// over the kiosk's socket, and waits for that many punches at central.
func demoPunch(t *testing.T, info demoInfo, want int) {
	t.Helper()
	i := slices.IndexFunc(info.People, func(p struct{ ID, Name, Role, PIN string }) bool { return p.Role == "regular" })
	w := &clock{id: info.Kiosk, socket: info.Socket, local: local.Dial(info.Socket)}
	defer w.local.Close()
	note := fmt.Sprintf("0.%d", want)
	if _, err := w.punchWith(t, info.People[i].ID, info.People[i].PIN, note); err != nil {
		t.Fatal(err)
	}
	api := demoClient(t, info)
	var got []client.Punch
	eventually(t, 20*time.Second, "the punch is at central", func() bool {
		page, err := api.Punches(t.Context(), client.PunchFilter{Person: info.People[i].ID})
		got = page.Punches
		return err == nil && len(got) >= want
	})
	if len(got) != want || got[want-1].Note != note || got[want-1].Kiosk != info.Kiosk {
		t.Errorf("central has %+v", got)
	}
}
