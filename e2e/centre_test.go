package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/fleet"
)

const organisation = "acme"

// centre is one central server as a process on fixed loopback ports, so that it
// can be killed and started again where its kiosks look for it.
type centre struct {
	dir   string
	data  string
	args  []string
	proc  *process
	api   *client.Client
	web   string
	token string
	all   []client.Punch // read so far
}

// newCentre sets up an organisation and starts its server. extra goes to
// central serve.
func newCentre(t *testing.T, extra ...string) *centre {
	t.Helper()
	c := foundCentre(t)
	c.up(t, extra...)
	return c
}

// foundCentre sets up an organisation; its server does not run yet. extra goes
// to central init.
func foundCentre(t *testing.T, extra ...string) *centre {
	t.Helper()
	dir := shortDir(t)
	c := &centre{dir: dir, data: filepath.Join(dir, "central"), web: freePort(t)}
	pass := mustWrite(t, filepath.Join(dir, "password"), "correct horse battery staple\n")
	token := filepath.Join(dir, "token")
	run(t, nil, append([]string{
		bin(t, "central"), "init", "--data", c.data, "--org", organisation, "--name", "Acme",
		"--zone", "Europe/Berlin", "--owner", "owner@acme.example", "--password-file", pass, "--token-file", token,
	}, extra...)...)
	b, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	c.token = strings.TrimSpace(string(b))
	c.args = []string{
		bin(t, "central"), "serve", "--data", c.data, "--hosts", "localhost,127.0.0.1",
		"--web", c.web, "--device", freePort(t), "--mqtt", freePort(t),
	}
	c.api, err = client.New(client.Config{Server: "https://" + c.web, Token: c.token, CAFile: c.ca()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.api.Close)
	return c
}

// ca gives the file of the certificate that clients trust.
func (c *centre) ca() string { return filepath.Join(c.data, "keys", fleet.CAFile) }

// keys gives the organisation's keys, as an operator has them.
func (c *centre) keys(t *testing.T) *fleet.Keys {
	t.Helper()
	keys, err := fleet.OpenKeys(filepath.Join(c.data, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// up starts the server and waits until it answers. extra stays with it when it
// is started again.
func (c *centre) up(t *testing.T, extra ...string) {
	t.Helper()
	c.args = append(c.args, extra...)
	c.proc = start(t, c.dir, "central", nil, c.args...)
	eventually(t, 30*time.Second, "central answers", func() bool {
		_, err := c.api.Kiosks(t.Context())
		return err == nil
	})
}

// punches reads everything central has, in order of arrival. What was read
// before is not asked for again: punches never change.
func (c *centre) punches(t *testing.T) []client.Punch {
	t.Helper()
	filter := client.PunchFilter{Limit: 1000}
	for {
		if len(c.all) > 0 {
			filter.After = c.all[len(c.all)-1].ID
		}
		page, err := c.api.Punches(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		c.all = append(c.all, page.Punches...)
		if len(page.Punches) == 0 {
			return c.all
		}
	}
}

// env gives what the fleet command needs to find the server.
func (c *centre) env() []string {
	return []string{"TIMEPOST_SERVER=https://" + c.web, "TIMEPOST_TOKEN=" + c.token, "TIMEPOST_CA=" + c.ca()}
}
