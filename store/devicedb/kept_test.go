package devicedb_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// keptCache gives the path of a cache that is closed, with ann in it and in its copy, and
// bob, who came later.
func keptCache(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cache.db")
	c, err := devicedb.OpenCache(t.Context(), path, devicedb.CacheOptions{BootID: "b", Owner: "acme/front"})
	must(t, err)
	apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{person(t, "ann", "Ann", "", 4)}})
	must(t, c.Keep(t.Context()))
	must(t, c.Keep(t.Context())) // again, in its place
	apply(t, c, "", wire.Page{Gen: 1, From: 1, To: 2, Parts: 1, Rows: []wire.Row{person(t, "bob", "Bob", "", 4)}})
	log, err := os.ReadFile(path + "-wal")
	must(t, err)
	must(t, c.Close())
	must(t, os.WriteFile(path+".log", log, 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// spoil overwrites what is in a database behind its first page.
func spoil(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	copy(b[100:], bytes.Repeat([]byte{0xff}, len(b)-100))
	must(t, os.WriteFile(path, b, 0o600))
}

// A cache that is damaged or gone begins with its copy: who is in it is known, without a
// network, and central sends what is missing.
func TestADamagedCacheBeginsWithItsCopy(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(*testing.T, string){
		"damaged": spoil,
		"gone":    func(t *testing.T, path string) { t.Helper(); must(t, os.Remove(path)) },
		"gone, and left a log": func(t *testing.T, path string) {
			t.Helper()
			must(t, os.Remove(path))
			must(t, os.Rename(path+".log", path+"-wal"))
		},
		"an interrupted copy beside it": func(t *testing.T, path string) {
			t.Helper()
			spoil(t, path)
			must(t, os.WriteFile(path+".new", []byte("half"), 0o600))
			must(t, os.WriteFile(path+".kept.new", []byte("half"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := keptCache(t)
			harm(t, path)
			c, err := devicedb.OpenCache(t.Context(), path, devicedb.CacheOptions{BootID: "b", Owner: "acme/front"})
			must(t, err)
			defer func() { must(t, c.Close()) }()
			if _, err := c.Person(t.Context(), "ann"); err != nil {
				t.Error("ann:", err)
			}
			if _, v, err := c.Version(t.Context()); err != nil || v != 1 {
				t.Errorf("version %d, %v", v, err)
			}
			apply(t, c, "", wire.Page{Gen: 1, From: 1, To: 2, Parts: 1, Rows: []wire.Row{person(t, "bob", "Bob", "", 4)}})
			must(t, c.Keep(t.Context()))
		})
	}
}

// A copy that is damaged too, or of another kiosk, gives nobody.
func TestACopyThatCantBeUsed(t *testing.T) {
	t.Parallel()
	for name, owner := range map[string]string{"damaged too": "acme/front", "of another kiosk": "acme/back"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := keptCache(t)
			spoil(t, path)
			if owner == "acme/front" {
				spoil(t, path+".kept")
			}
			c, err := devicedb.OpenCache(t.Context(), path, devicedb.CacheOptions{BootID: "b", Owner: owner})
			must(t, err)
			defer func() { must(t, c.Close()) }()
			if _, err := c.Person(t.Context(), "ann"); !problem.Is(err, problem.NotFound) {
				t.Error("ann:", err)
			}
			if gen, v, err := c.Version(t.Context()); err != nil || gen != 0 || v != 0 {
				t.Errorf("version %d.%d, %v", gen, v, err)
			}
			apply(t, c, "", wire.Page{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{person(t, "ann", "Ann", "", 4)}})
		})
	}
}
