package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
)

// centre is one central server as a process on fixed loopback ports, so that it
// can be killed and started again where its kiosks look for it.
type centre struct {
	dir   string
	args  []string
	proc  *process
	api   *client.Client
	web   string
	token string
}

// newCentre sets up an organisation and starts its server. extra goes to
// central serve.
func newCentre(t *testing.T, extra ...string) *centre {
	t.Helper()
	dir := shortDir(t)
	data := filepath.Join(dir, "central")
	pass := mustWrite(t, filepath.Join(dir, "password"), "correct horse battery staple\n")
	token := filepath.Join(dir, "token")
	run(t, nil, bin(t, "central"), "init", "--data", data, "--org", "acme", "--name", "Acme", "--zone", "Europe/Berlin",
		"--owner", "owner@acme.example", "--password-file", pass, "--token-file", token)
	b, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{dir: dir, web: freePort(t), token: strings.TrimSpace(string(b))}
	c.args = append([]string{bin(t, "central"), "serve", "--data", data, "--hosts", "localhost,127.0.0.1",
		"--web", c.web, "--device", freePort(t), "--mqtt", freePort(t)}, extra...)
	c.api, err = client.New(client.Config{Server: "https://" + c.web, Token: c.token, CAFile: filepath.Join(data, "keys", "ca.crt")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.api.Close)
	c.up(t)
	return c
}

// up starts the server and waits until it answers.
func (c *centre) up(t *testing.T) {
	t.Helper()
	c.proc = start(t, c.dir, "central", nil, c.args...)
	eventually(t, 30*time.Second, "central answers", func() bool {
		_, err := c.api.Kiosks(t.Context())
		return err == nil
	})
}

// punches reads everything central has, in order of arrival.
func (c *centre) punches(t *testing.T) []client.Punch {
	t.Helper()
	var all []client.Punch
	filter := client.PunchFilter{Limit: 1000}
	for {
		page, err := c.api.Punches(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Punches...)
		if page.Next == 0 {
			return all
		}
		filter.After = page.Next
	}
}
