package devicedb_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/wire"
)

// Whatever a row holds, it is taken in whole or refused as invalid; what was taken
// in can be read, and settings hold only what this version can follow.
func FuzzRosterRows(f *testing.F) {
	for _, seed := range [][3]string{
		{wire.KindSettings, "kiosk", `{"look":{"theme":"sepia","accent":"#12345g","night_from":"24:00"},"habits":{"badges":"x","double":99999},"break":{"least":-1}}`},
		{wire.KindSettings, "kiosk", `{"look":{"theme":"dark","accent":"#AAbb00","night_from":"22:00","night_to":"05:00"}}`},
		{wire.KindMessage, "m", `{"id":"m","text":"x","from":-9223372036854775808}`},
		{wire.KindLogo, "logo", `{"png":"iVBORw0KGgo="}`},
		{wire.KindProject, "p", `{"id":"p"}`},
		{wire.KindPerson, "a", `{"id":"a","role":"regular","active":true,"listed":true,"name":"\u0000"}`},
		{wire.KindPerson, "a", `{"id":"a","role":"king"}`},
		{"later", "x", `1`},
		{wire.KindLogo, "", `null`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, kind, id, put string) {
		c, err := devicedb.OpenCache(t.Context(), filepath.Join(t.TempDir(), "cache.db"), devicedb.CacheOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // the test's own
		err = c.Apply(t.Context(), []wire.Page{{Gen: 1, To: 1, Parts: 1, Rows: []wire.Row{{Kind: kind, ID: id, Put: []byte(put)}}}})
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Fatalf("apply: %v", err)
			}
			return
		}
		for _, m := range c.Messages() {
			if len(m.Text) > wire.MaxText {
				t.Errorf("a message of %d bytes", len(m.Text))
			}
		}
		if _, err := c.People(t.Context(), devicedb.Search{Letter: id, Limit: 5, Offset: -1}); err != nil || len(c.Logo()) > wire.MaxLogo {
			t.Errorf("people: %v, logo of %d bytes", err, len(c.Logo()))
		}
		s, err := c.Settings(t.Context())
		if err != nil {
			return // there is none
		}
		if !strings.Contains(" light dark contrast ", " "+s.Look.Theme+" ") && s.Look.Theme != "" || s.Habits.Double > devicedb.MaxDouble ||
			s.Look.Accent != "" && len(s.Look.Accent) != 7 || s.Break.Least < 0 || (s.Look.NightFrom == "") != (s.Look.NightTo == "") {
			t.Errorf("settings: %+v", s)
		}
	})
}
