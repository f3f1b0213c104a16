package vm

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// found sets up an organisation with three people, its server and one kiosk on
// which no PIN is needed, all in the guest. It is done once for a disk.
const found = `set -e
mkdir -p /data && cd /data
printf 'correct horse battery staple\n' >password
/host/central init --data central --org acme --name Acme --zone Europe/Berlin \
	--owner owner@acme.example --password-file password --token-file token
printf 'name,staff_no,role\nAda Brandt,1,regular\nBo Chen,2,regular\nCy Diaz,3,regular\n' >people.csv
`

// serve starts the server; it is the same after each boot.
const serve = `set -e
systemd-run --quiet --unit=central --property=Restart=no /host/central serve --data /data/central \
	--hosts localhost,127.0.0.1 --web 127.0.0.1:8080 --device 127.0.0.1:8081 --mqtt 127.0.0.1:8883
`

// enrol makes the kiosk.
const enrol = `set -e
/host/fleet people import /data/people.csv
/host/fleet badges add 'Ada Brandt' 693503
/host/fleet kiosk create Gate --no-pin
/host/fleet kiosk edit Gate --badges badge --double=-1
/host/fleet kiosk assign Gate --everyone
url=$(/host/fleet kiosk code Gate --json | tr ',' '\n' | sed -n 's/.*"url": *"\(timepost:[^"]*\)".*/\1/p')
/host/kioskd enrol --data /data/kiosk "$url"
/host/kioskd reader set 0627:0001 --data /data/kiosk
`

// clockIn starts the kiosk's daemon.
const clockIn = `systemd-run --quiet --unit=kioskd --property=Restart=no \
	/host/kioskd run --data /data/kiosk --socket /run/kioskd.sock`

// fleetEnv is what fleet needs in the guest.
const fleetEnv = `export HOME=/root TIMEPOST_SERVER=https://127.0.0.1:8080 TIMEPOST_CA=/data/central/keys/ca.crt TIMEPOST_TOKEN=$(cat /data/token 2>/dev/null); `

// shell runs a line in the guest and fails the test where that fails.
func (m *Machine) shell(t *testing.T, line string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	out, err := m.Shell(ctx, fleetEnv+line)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// until asks the guest again and again.
func (m *Machine) until(t *testing.T, what, line string, is func(out string) bool) {
	t.Helper()
	last, err := "", error(nil)
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); {
		if last, err = m.Shell(t.Context(), fleetEnv+line+"; sleep 0.5"); err == nil && is(last) {
			return
		}
	}
	t.Fatalf("%s: last seen %q, %v", what, last, err)
}

// settle sets everything up on a fresh disk.
func (m *Machine) settle(t *testing.T) {
	t.Helper()
	m.shell(t, found+serve)
	m.answers(t)
	m.shell(t, enrol+clockIn)
	m.ready(t)
}

// again starts everything after a boot.
func (m *Machine) again(t *testing.T) {
	t.Helper()
	m.shell(t, serve+clockIn)
	m.answers(t)
	m.ready(t)
}

func (m *Machine) answers(t *testing.T) {
	t.Helper()
	m.until(t, "central answers", "/host/fleet people list >/dev/null 2>&1 && echo yes || true", func(out string) bool { return strings.HasPrefix(out, "yes") })
}

func (m *Machine) ready(t *testing.T) {
	t.Helper()
	m.until(t, "kioskd has its people", "/host/kioskd status --socket /run/kioskd.sock --json || true", func(out string) bool {
		var s struct{ People int }
		return json.Unmarshal([]byte(out), &s) == nil && s.People == 3
	})
}

// punches gives the notes of all that central has, in order of arrival.
func (m *Machine) punches(t *testing.T) []arrived {
	t.Helper()
	var all []arrived
	for _, line := range strings.Split(strings.TrimSpace(m.shell(t, "/host/fleet punches list --json")), "\n") {
		var a arrived
		if line == "" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		all = append(all, a)
	}
	return all
}

type arrived struct {
	Person string `json:"person_name"`
	Action string `json:"action"`
	Auth   string `json:"auth"`
	Note   string `json:"note"`
	Seq    uint64 `json:"seq"`
}
