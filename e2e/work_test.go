package e2e

import (
	"bytes"
	"image"
	"image/png"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
)

// TestWhatCentralDecidesIsAtTheKiosk: projects, break rules, the look, the logo and
// the habits that are chosen over REST reach a running kiosk; what is booked there
// comes back under the project's name.
func TestWhatCentralDecidesIsAtTheKiosk(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 2)
	ann, bob := staff[0], staff[1]
	w := enrolledClock(t, c, "Front Door", true)
	w.up(t)
	wall, roof := w.projects(t, c)
	rule := client.BreakRule{Least: 20, Due: 300}
	if _, err := c.api.SetPersonWork(t.Context(), bob.ID, client.PersonWork{Projects: []string{roof}, Break: &rule}); err != nil {
		t.Fatal(err)
	}
	var s local.Session
	eventually(t, 20*time.Second, "Ann may choose among both", func() bool {
		s = w.come(t, ann.ID, ann.PIN)
		return len(s.Projects) == 2 && s.Default == wall
	})
	if _, err := w.local.Punch(t.Context(), local.PunchRequest{Session: s.ID, Action: attendance.In}); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "Bob has the one on his list", func() bool {
		s := w.come(t, bob.ID, bob.PIN)
		return len(s.Projects) == 1 && s.Projects[0].ID == roof && s.Default == ""
	})
	eventually(t, 20*time.Second, "central names what was booked on", func() bool {
		all := c.punches(t)
		return len(all) == 1 && all[0].Project == wall && all[0].ProjectName == "Harbour wall"
	})
	w.dressed(t, c)
}

// projects makes two and offers them at the kiosk, the first as its default.
func (w *clock) projects(t *testing.T, c *centre) (wall, roof string) {
	t.Helper()
	var ids []string
	for _, name := range []string{"Harbour wall", "Roof"} {
		p, err := c.api.AddProject(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	all, err := c.api.Kiosks(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if _, err := c.api.SetKioskWork(t.Context(), all[0].ID, client.KioskWork{Projects: ids, Default: ids[0]}); err != nil {
		t.Fatal(err)
	}
	status, hide := "dark", true
	if _, err := c.api.EditKiosk(t.Context(), all[0].ID, client.KioskEdit{Theme: &status, HideStatus: &hide}); err != nil {
		t.Fatal(err)
	}
	return ids[0], ids[1]
}

// dressed has central say how touchscreens look, and waits until this one does.
func (w *clock) dressed(t *testing.T, c *centre) {
	t.Helper()
	look := client.Look{Theme: "contrast", Accent: "#aa3300", LargeText: true, NightFrom: "22:00", NightTo: "05:00"}
	if _, err := c.api.EditSettings(t.Context(), client.SettingsEdit{Look: &look}); err != nil {
		t.Fatal(err)
	}
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewGray(image.Rect(0, 0, 700, 300))); err != nil {
		t.Fatal(err)
	}
	if _, err := c.api.SetLogo(t.Context(), &logo); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "the touchscreen is dressed", func() bool {
		s, err := w.local.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := png.DecodeConfig(bytes.NewReader(s.Logo))
		return err == nil && drawn.Width == 512 && s.Look.Theme == "dark" && s.Look.Accent == "#aa3300" && s.Look.LargeText && s.Habits.HideStatus
	})
}
