package check

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sandboxes are the units with the worst score that each may have, in tenths, as
// systemd-analyze security gives it: 0 is a service that can do nothing, 96 one
// without any sandbox.
func sandboxes() map[string]int {
	return map[string]int{
		"systemd/timepost-central.service": 12,
		"systemd/timepost-backup.service":  12,
		// Netlink, which tells the machine's addresses, and adjtimex, which tells whether
		// the clock is synchronised, cost 5 of these.
		"systemd/timepost-kioskd.service":         16,
		"systemd/timepost-provision.service":      14,
		"session/timepost-kiosk-session.service":  13,
		"mosquitto/timepost-broker.service":       56, // it runs systemctl as root
		"systemd/timepost-kioskd.service+readers": 19, // and input devices
	}
}

// needs fails a test where the machine has no such program.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is missing; make test installs it: %v", program, err)
	}
}

// run gives what a program prints, and whether it is content.
func run(t *testing.T, program string, args ...string) (string, bool) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	return string(out), err == nil
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSandboxesAreAsTightAsPromised(t *testing.T) {
	t.Parallel()
	needs(t, "systemd-analyze")
	promised := sandboxes()
	services, err := filepath.Glob("../*/*.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range services {
		if _, ok := promised[strings.TrimPrefix(path, "../")]; !ok {
			t.Errorf("%s has no score that it must keep; give it one here", path)
		}
	}
	for name, most := range promised {
		unit, readers := strings.CutSuffix(name, "+readers")
		folder := t.TempDir() // with nothing beside it that systemd would read, too
		copied := filepath.Join(folder, filepath.Base(unit))
		write(t, copied, read(t, "../"+unit))
		if readers {
			write(t, copied+".d/readers.conf", read(t, "../"+unit+".d/readers.conf"))
		}
		if score(t, copied, most) {
			if score(t, copied, most-1) {
				t.Errorf("%s is better than %d; let it keep that", name, most)
			}
			continue
		}
		out, _ := run(t, "systemd-analyze", "security", "--offline=true", "--no-pager", copied)
		for line := range strings.Lines(out) {
			if strings.Contains(line, "✗") || strings.Contains(line, "→") {
				t.Log(strings.TrimSpace(line))
			}
		}
		t.Errorf("%s is worse than %d", name, most)
	}
}

// score says whether a unit is at most as exposed as that.
func score(t *testing.T, unit string, most int) bool {
	t.Helper()
	_, ok := run(t, "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+strconv.Itoa(most), unit)
	return ok
}

// TestSystemdUnderstandsTheUnits has systemd read them in a root where the programs
// that they start are there.
func TestSystemdUnderstandsTheUnits(t *testing.T) {
	t.Parallel()
	needs(t, "systemd-analyze")
	units, err := filepath.Glob("../*/*.[stp]*[erh]")
	if err != nil {
		t.Fatal(err)
	}
	verified := 0
	for _, path := range units {
		switch filepath.Ext(path) {
		case ".service", ".timer", ".path":
		default:
			continue
		}
		verified++
		folder := t.TempDir()
		for _, other := range units { // a timer is looked at with its service
			write(t, filepath.Join(folder, filepath.Base(other)), startable(read(t, other)))
		}
		out, ok := run(t, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", filepath.Join(folder, filepath.Base(path)))
		if !ok || strings.TrimSpace(out) != "" {
			t.Errorf("%s: %s", path, out)
		}
	}
	if verified < 10 {
		t.Errorf("%d units were verified; there are more", verified)
	}
}

// startable is a unit whose programs are on every machine.
func startable(unit string) string {
	for line := range strings.Lines(unit) {
		if command, ok := strings.CutPrefix(line, "ExecStart="); ok {
			unit = strings.ReplaceAll(unit, "="+strings.Fields(command)[0], "=/usr/bin/true")
		}
	}
	return unit
}
