package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/internal/problem"
)

var made = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

func manifest() Manifest {
	return Manifest{Org: "acme", Name: "Acme", Gen: 3, Made: made, Contents: Contents{People: 2}}
}

func write(t *testing.T, path string, m Manifest) Manifest {
	t.Helper()
	db := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(db, bytes.Repeat([]byte("rows "), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	out, err := Write(t.Context(), path, m, []Source{{Name: DatabaseName, Path: db}, {Name: KeysName, Data: []byte("sealed")}},
		func(done, total int64) {
			if done < last || done > total {
				t.Errorf("%d of %d after %d", done, total, last)
			}
			last = done
		})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsPutInComesOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "b.tar.gz")
	m := write(t, path, manifest())
	if got, err := ReadManifest(path); err != nil || cmp.Diff(m, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(m, got))
	}
	if _, err := Verify(t.Context(), path, nil); err != nil {
		t.Error(err)
	}
	to := t.TempDir()
	if _, err := Extract(t.Context(), path, to, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{DatabaseName: strings.Repeat("rows ", 10_000), KeysName: "sealed"} {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if info, err := os.Stat(filepath.Join(to, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, info.Mode())
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if _, err := Write(t.Context(), path, manifest(), nil, nil); !problem.Is(err, problem.Conflict) {
		t.Errorf("over another one: %v", err)
	}
}

// Whatever happens to a byte, or to the end, shows.
func TestDamageShows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	write(t, path, manifest())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.tar.gz")
	try := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(t.Context(), bad, nil); !problem.Is(err, problem.Damaged) && !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := 10; n < len(whole); n += 1 + len(whole)/300 { // the first ten are gzip's header, with fields of no meaning
		b := bytes.Clone(whole)
		b[n] ^= 0x10
		try("a byte", b)
	}
	for _, n := range []int{0, 1, 20, len(whole) / 2, len(whole) - 1} {
		try("cut", whole[:n])
	}
	if _, err := Verify(t.Context(), filepath.Join(t.TempDir(), "none"), nil); !problem.Is(err, problem.NotFound) {
		t.Errorf("%v", err)
	}
}

func TestStopsWithItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	write(t, path, manifest())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, path, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	other := filepath.Join(t.TempDir(), "c.tar.gz")
	if _, err := Write(ctx, other, manifest(), []Source{{Name: DatabaseName, Data: []byte("x")}}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a backup: %v", err)
	}
}

// A tar that names other files than its manifest is not unpacked.
func TestOnlyWhatTheManifestNames(t *testing.T) {
	t.Parallel()
	sum := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // of nothing
	for name, files := range map[string][]string{
		"another file":  {"other.db"},
		"one more":      {DatabaseName, "more"},
		"one is absent": {},
		"outside":       {"../central.db"},
	} {
		m := manifest()
		m.Format, m.Files = Format, []File{{DatabaseName, 0, sum}}
		if name == "outside" {
			m.Files = append(m.Files, File{"../central.db", 0, sum})
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		for _, f := range append([]string{ManifestName}, files...) {
			body := text
			if f != ManifestName {
				body = nil
			}
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f, Size: int64(len(body)), Mode: 0o600}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(body); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), z.Close()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "b.tar.gz")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Extract(t.Context(), path, t.TempDir(), nil); !problem.Is(err, problem.Damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysOpenWithTheirPassphraseOnly(t *testing.T) {
	t.Parallel()
	const passphrase = "a good long sentence"
	files := []Source{{Name: "data.key", Data: []byte("secret-one\n")}, {Name: "ca.key", Data: []byte("secret-two\n")}}
	sealed, err := sealKeys(files, passphrase, 10)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("the keys lie open")
	}
	dir := t.TempDir()
	if err := OpenKeys(sealed, passphrase, dir); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil || !bytes.Equal(got, f.Data) {
			t.Errorf("%s: %q %v", f.Name, got, err)
		}
	}
	if err := OpenKeys(sealed, "another long sentence", t.TempDir()); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("%v", err)
	}
	sealed[len(sealed)-3] ^= 1
	if err := OpenKeys(sealed, passphrase, t.TempDir()); !problem.Is(err, problem.Damaged) {
		t.Errorf("%v", err)
	}
	if _, err := SealKeys(files, "too short"); !problem.Is(err, problem.Invalid) {
		t.Errorf("%v", err)
	}
}

func TestPruneKeepsTheNewestAndWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var names []string
	for n := range 5 {
		m := manifest()
		m.Made = made.Add(time.Duration(n) * time.Hour)
		names = append(names, FileName("acme", m.Made))
		write(t, filepath.Join(dir, names[n]), m)
	}
	other := FileName("acme-north", made)
	m := manifest()
	m.Org = "acme-north"
	write(t, filepath.Join(dir, other), m)
	odd := FileName("acme", made.Add(-time.Hour)) // looks like ours, and can't be read
	for _, name := range []string{odd, "notes.txt", "timepost-acme-old.tar.gz"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := Prune(dir, "acme", 2, names[4])
	if err != nil || cmp.Diff(names[:3], gone) != "" {
		t.Errorf("%v %v", gone, err)
	}
	for _, name := range []string{names[3], names[4], other, odd, "notes.txt", "timepost-acme-old.tar.gz"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// A clock that was ahead or is behind takes no backup away that may be the newest, and
// never the one just made; what can't be read stands in for none.
func TestPruneUnderAWrongClock(t *testing.T) {
	t.Parallel()
	at := func(year int) string { return FileName("acme", made.AddDate(year-made.Year(), 0, 0)) }
	for name, try := range map[string]struct {
		years   []int
		damaged int
		last    int
		gone    []int
	}{
		"usual":                {years: []int{2001, 2002, 2003, 2004}, last: 2004, gone: []int{2001, 2002}},
		"it was ahead":         {years: []int{2001, 2002, 2003, 2098, 2099}, last: 2003, gone: []int{2001}},
		"it is behind":         {years: []int{1970, 2001, 2002, 2003}, last: 1970},
		"the newest is broken": {years: []int{2001, 2002, 2003, 2004}, damaged: 2003, last: 2004, gone: []int{2001}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, y := range try.years {
				m := manifest()
				m.Made = made.AddDate(y-made.Year(), 0, 0)
				write(t, filepath.Join(dir, at(y)), m)
			}
			if try.damaged != 0 {
				must(t, os.WriteFile(filepath.Join(dir, at(try.damaged)), []byte("x"), 0o600))
			}
			var want []string
			for _, y := range try.gone {
				want = append(want, at(y))
			}
			gone, err := Prune(dir, "acme", 2, at(try.last))
			if err != nil || cmp.Diff(want, gone) != "" {
				t.Errorf("%v, %v; want %v", gone, err, want)
			}
		})
	}
}

func FuzzParseManifest(f *testing.F) {
	m := manifest()
	m.Format, m.Files = Format, []File{{DatabaseName, 3, strings.Repeat("0", 64)}}
	text, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`{"format":1,"org":"a","made":"2026-03-01T03:00:00Z","files":[{"name":"../x"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		for _, file := range m.Files {
			if filepath.Base(file.Name) != file.Name || file.Size < 0 {
				t.Errorf("%+v", file)
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
