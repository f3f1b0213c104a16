package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// TestDiagnosticsTellNothingOfPeople: a kiosk at which PINs were typed, right and
// wrong, hands in how it does. Central keeps the archive; it tells of the machine and
// of nobody, and neither does the one that is saved on the kiosk while central is away.
func TestDiagnosticsTellNothingOfPeople(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 2)
	w := newClock(t, c, "Side Door", true)
	canaries := []string{"640193", "Kept between us"}
	eventually(t, 30*time.Second, "the PINs are at the kiosk", func() bool {
		_, err := w.punchWith(t, staff[0].ID, staff[0].PIN, canaries[1])
		return err == nil
	})
	if _, err := w.punchWith(t, staff[1].ID, canaries[0], ""); !problem.Is(err, problem.Unauthenticated) {
		t.Fatal(err)
	}
	for _, p := range staff {
		canaries = append(canaries, p.Name, p.ID)
		if len(p.PIN) >= 6 { // a shorter one is found among the digits of any time
			canaries = append(canaries, p.PIN)
		}
	}
	awaitDrained(t, []*clock{w})
	said := run(t, nil, bin(t, "kioskd"), "diagnostics", "--socket", w.socket)
	if !strings.Contains(said, "Handed in") {
		t.Error(said)
	}
	list, err := c.api.Diagnostics(t.Context(), w.id)
	if err != nil || len(list.Archives) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	r, err := c.api.OpenDiagnostics(t.Context(), w.id, list.Archives[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	tellsOfTheMachine(t, "handed in", body, canaries)

	c.proc.kill9()
	out := filepath.Join(w.dir, "out.tar.gz")
	run(t, nil, bin(t, "kioskd"), "diagnostics", "--socket", w.socket, "--out", out)
	if body, err = os.ReadFile(out); err != nil {
		t.Fatal(err)
	}
	tellsOfTheMachine(t, "saved", body, canaries)
}

// tellsOfTheMachine looks for what an archive must tell, and for canaries.
func tellsOfTheMachine(t *testing.T, what string, body []byte, canaries []string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for a := tar.NewReader(z); ; {
		h, err := a.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(a); err != nil {
			t.Fatal(err)
		}
	}
	var r struct {
		Health   struct{ Software string }
		Settings struct {
			Name string `json:"kiosk_name"`
		}
		Counts  map[string]int
		Journal struct {
			Verified int
			Faults   map[string]int
		}
		Wrong []string
	}
	if err := json.Unmarshal(files["report.json"], &r); err != nil {
		t.Fatal(err)
	}
	if r.Health.Software == "" || r.Settings.Name != "Side Door" || r.Counts["people"] == 0 || r.Journal.Verified < 2 || len(r.Journal.Faults) != 0 || len(r.Wrong) != 0 {
		t.Errorf("%s: %s", what, files["report.json"])
	}
	if !bytes.Contains(files["log.jsonl"], []byte("person identified")) {
		t.Errorf("%s: the log says:\n%s", what, files["log.jsonl"])
	}
	for name, text := range files {
		for _, canary := range canaries {
			if bytes.Contains(text, []byte(canary)) {
				t.Errorf("%s: %s tells %q", what, name, canary)
			}
		}
	}
}
