package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	pageOwner    = "owner@bench.example"
	pagePassword = "a good long sentence"
)

// buildCentrals builds central as people run it, and one that writes down its SQL.
func buildCentrals(ctx context.Context, dir string) error {
	for name, tags := range map[string]string{"central": "", "central-traced": "sqlite_trace"} {
		build := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", filepath.Join(dir, name), "./cmd/central")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w: %s", name, err, out)
		}
	}
	return nil
}

// running is a central and a browser that is logged in to it.
type running struct {
	process *exec.Cmd
	web     string
	client  *http.Client
}

// startCentral serves the data in home, at ports of the system's choice.
func startCentral(ctx context.Context, program, home, trace string) (*running, error) {
	const any = "127.0.0.1:0"
	return startCentralAt(ctx, program, home, trace, [3]string{any, any, any})
}

// startCentralAt serves it at these addresses: web, devices, MQTT.
func startCentralAt(ctx context.Context, program, home, trace string, at [3]string) (*running, error) {
	announced := filepath.Join(home, "run", "addresses.json")
	if err := os.Remove(announced); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	c := &running{process: exec.CommandContext(ctx, program, "serve", "--data", home, "--log-level", "error",
		"--web", at[0], "--device", at[1], "--mqtt", at[2])}
	c.process.Env = append(os.Environ(), "TIMEPOST_SQL_TRACE="+trace)
	c.process.Stderr = os.Stderr
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	if err := c.enter(ctx, home, announced); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// enter waits for the listener and logs in.
func (c *running) enter(ctx context.Context, home, announced string) error {
	var a struct {
		Web string `json:"web"`
	}
	err := until(ctx, time.Minute, func() bool {
		text, err := os.ReadFile(announced)
		return err == nil && json.Unmarshal(text, &a) == nil
	})
	if err != nil {
		return fmt.Errorf("wait for central: %w", err)
	}
	ca, err := os.ReadFile(filepath.Join(home, "keys", "ca.crt"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	c.web = a.Web
	c.client = &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	res, err := c.client.PostForm(c.web+"/login", url.Values{"email": {pageOwner}, "password": {pagePassword}})
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || res.Request.URL.Path == "/login" {
		return fmt.Errorf("log in: %s at %s", res.Status, res.Request.URL.Path)
	}
	return nil
}

// stop ends central and waits for it; how it ends is of no interest here.
func (c *running) stop() {
	_ = c.process.Process.Signal(syscall.SIGTERM)
	_ = c.process.Wait()
}
