package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

// globals are the flags that every verb takes.
type globals struct {
	Server string `help:"Central's address, such as https://clock.example.com:8080." env:"TIMEPOST_SERVER" placeholder:"URL"`
	CA     string `name:"ca" help:"The authority that signed central's certificate, a PEM file, where the system does not know it." env:"TIMEPOST_CA" placeholder:"FILE"`
	JSON   bool   `name:"json" help:"Print JSON, for programs."`
}

// profile is what login remembers. The token opens everything its owner may do,
// so the file is readable by its user alone.
type profile struct {
	Server string `json:"server"`
	CA     string `json:"ca_file,omitempty"`
	Email  string `json:"email"`
	Token  string `json:"token"`
}

// connect gives a client for the server of the flags, of the environment or of
// the last login. A stored token goes to the server that made it and to no other.
func (g *globals) connect() (*client.Client, error) {
	conf, err := g.config()
	if err != nil {
		return nil, err
	}
	return client.New(conf)
}

// config gives the server and how to log in to it.
func (g *globals) config() (client.Config, error) {
	var stored profile
	path, err := profilePath()
	if err == nil {
		stored, err = loadProfile(path)
	}
	if err != nil && (g.Server == "" || os.Getenv("TIMEPOST_TOKEN") == "") {
		return client.Config{}, err // a timer without a home that is told everything needs none
	}
	conf := client.Config{Server: trimServer(g.Server), CAFile: g.CA, Token: os.Getenv("TIMEPOST_TOKEN")}
	if conf.Server == "" {
		conf.Server = stored.Server
	}
	if conf.Server == stored.Server {
		conf.Token, conf.CAFile = first(conf.Token, stored.Token), first(conf.CAFile, stored.CA)
	}
	if conf.Server == "" || conf.Token == "" {
		return client.Config{}, problem.New(problem.Unauthenticated, "You are not logged in to a server.",
			"Run: fleet login --server https://HOST:PORT --email YOU@EXAMPLE.COM")
	}
	return conf, nil
}

func profilePath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", problem.New(problem.NotFound, "There is no folder for your settings.", "Set HOME or XDG_CONFIG_HOME.").Because(err)
	}
	return filepath.Join(dir, "timepost", "fleet.json"), nil
}

func loadProfile(path string) (p profile, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read login: %w", err)
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, problem.New(problem.Damaged, "The stored login is damaged: "+path, "Run: fleet login").Because(err)
	}
	return p, nil
}

// save keeps the profile and a copy of the CA, which may lie on a medium that
// goes away.
func (p profile) save(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make settings folder: %w", err)
	}
	if p.CA != "" {
		pem, err := os.ReadFile(p.CA)
		if err != nil {
			return fmt.Errorf("read CA: %w", err)
		}
		p.CA = filepath.Join(dir, "ca.pem")
		if err := writePrivate(p.CA, pem); err != nil {
			return err
		}
	}
	return writeJSON(path, p)
}

func trimServer(s string) string { return strings.TrimRight(strings.TrimSpace(s), "/") }

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
