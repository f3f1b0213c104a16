package enrol_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/internal/problem"
)

const goodURL = "timepost://time.acme.example:8443/7K3QXM0R2T?ca=0000000000000000000000000000000000000000000000000000000000000000"

func TestFindProvision(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		code problem.Code
		says string
	}{
		"good":           {"# a card\nenrol = \"" + goodURL + "\"\n", "", ""},
		"windows":        {"enrol = \"" + goodURL + "\"\r\n", "", ""},
		"empty":          {"", problem.Invalid, "enrol is missing"},
		"no TOML":        {"enrol = timepost://x", problem.Invalid, "timepost.toml"},
		"unknown key":    {"enrol = \"" + goodURL + "\"\nenroll = 1\n", problem.Invalid, "enroll"},
		"no address":     {"enrol = \"https://time.acme.example\"", problem.Invalid, "address"},
		"another number": {"enrol = 7", problem.Invalid, "timepost.toml"},
		"too large":      {strings.Repeat("#", 70_000), problem.Invalid, "larger"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "timepost.toml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := enrol.FindProvision([]string{filepath.Join(dir, "none.toml"), path})
		if c.code == "" {
			if err != nil || p.Request.Server != goodURL || len(p.Sum) != 64 {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
			continue
		}
		if !problem.Is(err, c.code) || !strings.Contains(err.Error(), c.says) || p.Path != path {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := enrol.FindProvision([]string{filepath.Join(t.TempDir(), "none.toml")}); !problem.Is(err, problem.NotFound) {
		t.Errorf("no file: %v", err)
	}
}

// Nothing of the secret is left in the file, even for who held it open.
func TestWipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "timepost.toml")
	if err := os.WriteFile(path, []byte("enrol = \""+goodURL+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := path + ".link"
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	p, err := enrol.FindProvision([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Wipe(), p.Wipe()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
	left, err := os.ReadFile(other)
	if err != nil || strings.Trim(string(left), "\x00") != "" {
		t.Errorf("left: %q, %v", left, err)
	}
}

func FuzzProvision(f *testing.F) {
	for _, s := range []string{"", "enrol = \"" + goodURL + "\"", "enrol = '''\n'''", "[enrol]\nx=1", "\xff\xfe", "enrol = \"\\u0000\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "timepost.toml")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := enrol.FindProvision([]string{path})
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Fatal(err)
			}
			return
		}
		if _, err := enrol.ParseURL(p.Request.Server); err != nil {
			t.Fatal(err)
		}
	})
}
