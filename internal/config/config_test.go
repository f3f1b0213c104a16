package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/timepost/timepost/internal/config"
	"github.com/timepost/timepost/internal/problem"
)

type listen struct {
	Address config.Address `toml:"address"`
	Mode    config.Mode    `toml:"mode"`
}

type settings struct {
	Data   string          `toml:"data"`
	Listen listen          `toml:"listen"`
	Keep   config.Duration `toml:"keep"`
	Limit  config.Size     `toml:"limit"`
	Reader []struct {
		Name string `toml:"name"`
	} `toml:"reader"`
}

func (s settings) Validate() error {
	if s.Data == "" {
		return problem.New(problem.Invalid, "data is empty.", "Name a folder.")
	}
	return nil
}

const good = `data = "/var/lib/timepost"
keep = "35d"
limit = "20MiB"

[listen]
address = "127.0.0.1:8443"
mode = "0660"

[[reader]]
name = "front"
`

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kioskd.toml")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	var got settings
	if err := config.Load(path, &got); err != nil {
		t.Fatal(err)
	}
	var want settings
	want.Data = "/var/lib/timepost"
	want.Keep = config.Duration(35 * 24 * time.Hour)
	want.Limit = 20 << 20
	want.Listen.Address = "127.0.0.1:8443"
	want.Listen.Mode = 0o660
	want.Reader = append(want.Reader, struct {
		Name string `toml:"name"`
	}{"front"})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
}

func TestFileKeepsDefaultsItDoesNotName(t *testing.T) {
	t.Parallel()
	got := settings{Data: "default", Limit: 7}
	if err := config.Parse("c", []byte(`limit = "8"`), &got); err != nil {
		t.Fatal(err)
	}
	if got.Data != "default" || got.Limit != 8 {
		t.Errorf("got %+v, want the default data and the limit of the file", got)
	}
}

func TestMissingAndOversizedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var into settings
	if err := config.Load(filepath.Join(dir, "none"), &into); !problem.Is(err, problem.NotFound) {
		t.Errorf("Load of no file = %v, want not_found", err)
	}
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, []byte(strings.Repeat("#", config.MaxFile+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := config.Load(big, &into); !problem.Is(err, problem.Invalid) {
		t.Errorf("Load of a huge file = %v, want invalid", err)
	}
}

// Every mistake is problem.Invalid and says where.
func TestMistakesSayWhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":        {"data = 'x'\n\n# colour\ncolour = 1\n", "c:4: unknown key colour"},
		"unknown in table":   {"data = 'x'\n[listen]\nport = 1\n", "c:3: unknown key listen.port"},
		"unknown table":      {"data = 'x'\n[port]\nport = 1\n", "c:2: unknown key port\nc:3: unknown key port.port"},
		"unknown dotted":     {"data = 'x'\nlisten.port = 1\n", "c:2: unknown key listen.port"},
		"in second of array": {"data='x'\n[[reader]]\nname='a'\n[[reader]]\nnome='b'\n", "c:5: unknown key reader.nome"},
		"multi-line value":   {"data = 'x'\nlist = [\n 1,\n]\n", "c:2: unknown key list"},
		"quoted key":         {"data = 'x'\n\"a b\" = 1\n", `c:2: unknown key "a b"`},
		"wrong case":         {"Data = 'x'\nKEEPS = 1\n", "c:2: unknown key KEEPS"},
		"syntax":             {"data = 'x'\nkeep = \n", "c:2"},
		"wrong type":         {"data = 'x'\nlisten = 4\n", `c: line 2 (last key "listen")`},
		"bad duration":       {"data = 'x'\nkeep = 'soon'\n", "c:2: keep: \"soon\" is not a duration"},
		"bad address":        {"data = 'x'\n[listen]\naddress = 'here'\n", "c:3: listen.address"},
		"named port":         {"data = 'x'\n[listen]\naddress = 'a:http'\n", "not an address"},
		"bad mode":           {"data = 'x'\n[listen]\nmode = '8888'\n", "not a file mode"},
		"bad size":           {"data = 'x'\nlimit = '1TB'\n", "not a size"},
		"validate":           {"", "c: data is empty."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var into settings
			err := config.Parse("c", []byte(c.text), &into)
			var p *problem.Error
			if !errors.As(err, &p) || p.Code != problem.Invalid {
				t.Fatalf("Parse = %v, want problem.Invalid", err)
			}
			if !strings.Contains(p.Message, c.want) {
				t.Errorf("message %q does not hold %q", p.Message, c.want)
			}
			if p.Hint == "" {
				t.Error("no hint")
			}
		})
	}
}

func TestDurationsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := config.Duration(rapid.Int64Min(0).Draw(t, "ns"))
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got config.Duration
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Fatalf("%s read back as %v (%v)", text, got, err)
		}
	})
}

func TestDurationsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "d", "-1s", "1", "1d-1h", "1.5d", "106752d", "4294967295d", "1d2d", "+1d", "106751d24h"} {
		var d config.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{good, "data = 'x'\nnone.a = 1", "[[reader]]\nx=[\n1,\n2]", "a = \"\"\"\n\n\"\"\"", "[", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var into settings
		err := config.Parse("c", []byte(text), &into)
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Errorf("Parse = %v, want problem.Invalid", err)
		}
	})
}

func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"1d", "35d12h", "90s", "1h30m", "9223372036854775807ns", "106751d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d config.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil && d < 0 {
			t.Errorf("%q gave the negative %v", text, d)
		}
	})
}

func ExampleParse() {
	var into struct {
		Data string `toml:"data"`
	}
	err := config.Parse("kioskd.toml", []byte("data = \"/srv\"\ndata-dir = \"/srv\"\n"), &into)
	fmt.Println(problem.From(err).Message)
	// Output: kioskd.toml:2: unknown key data-dir
}
