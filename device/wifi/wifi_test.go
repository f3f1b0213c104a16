package wifi_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/wifi"
	"github.com/timepost/timepost/device/wifi/wifitest"
	"github.com/timepost/timepost/internal/problem"
)

func manager(m *wifitest.Manager) *wifi.Manager {
	return wifi.New(wifi.Config{Address: m.Address, Poll: 5 * time.Millisecond, Scan: 5 * time.Second})
}

func house(t *testing.T) *wifitest.Manager {
	t.Helper()
	return wifitest.New(t,
		wifitest.AccessPoint{SSID: "Bakery", Strength: 40, Flags: wifitest.Privacy, RSN: wifitest.PSK | wifitest.SAE, Password: "brot und salz"},
		wifitest.AccessPoint{SSID: "Bakery", Strength: 71, Flags: wifitest.Privacy, WPA: wifitest.PSK, Password: "brot und salz"},
		wifitest.AccessPoint{SSID: "Guests", Strength: 55},
		wifitest.AccessPoint{SSID: "New", Strength: 54, Flags: wifitest.Privacy, RSN: wifitest.SAE, Password: "correct horse"},
		wifitest.AccessPoint{SSID: "Office", Strength: 90, Flags: wifitest.Privacy, RSN: wifitest.Company},
		wifitest.AccessPoint{SSID: "Attic", Strength: 9, Flags: wifitest.Privacy},
		wifitest.AccessPoint{SSID: "", Strength: 99},
		wifitest.AccessPoint{SSID: "\xff\xfe", Strength: 99},
	)
}

func TestNetworksInReach(t *testing.T) {
	t.Parallel()
	m := house(t)
	m.Find(wifitest.AccessPoint{SSID: "Late", Strength: 60})
	w := manager(m)
	if _, err := w.Join(t.Context(), "Guests", ""); err != nil {
		t.Fatal(err)
	}
	got, err := w.Networks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []wifi.Network{
		{"Guests", 55, wifi.Open, true}, {"Office", 90, wifi.Company, false}, {"Bakery", 71, wifi.Password, false},
		{"Late", 60, wifi.Open, false}, {"New", 54, wifi.Password, false}, {"Attic", 9, wifi.Old, false},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ssid, password string
		reason         uint32
		code           problem.Code // "": joined
	}{
		"password":           {"Bakery", "brot und salz", 0, ""},
		"open":               {"Guests", "", 0, ""},
		"WPA3":               {"New", "correct horse", 0, ""},
		"wrong password":     {"Bakery", "brot und zalz", 0, problem.Unauthenticated},
		"no secrets":         {"Bakery", "brot und salz", 7, problem.Unauthenticated},
		"short password":     {"Bakery", "brot", 0, problem.Invalid},
		"long password":      {"Bakery", string(make([]byte, 64)), 0, problem.Invalid},
		"company":            {"Office", "whatever it is", 0, problem.Conflict},
		"WEP":                {"Attic", "whatever it is", 0, problem.Conflict},
		"not there":          {"Cellar", "whatever it is", 0, problem.NotFound},
		"gone meanwhile":     {"Bakery", "brot und salz", 53, problem.NotFound},
		"gives no addresses": {"Bakery", "brot und salz", 5, problem.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := house(t)
			m.Fail(c.reason)
			got, err := manager(m).Join(t.Context(), c.ssid, c.password)
			if problem.CodeOf(err) != c.code && (err != nil || c.code != "") {
				t.Fatalf("%+v, %v", got, err)
			}
			want := map[string]string{}
			if c.code == "" {
				want[c.ssid] = c.password
			}
			if d := cmp.Diff(want, m.Profiles()); d != "" {
				t.Errorf("profiles: %s", d)
			}
		})
	}
}

// A password that was changed takes the place of the one before; a wrong one does not.
func TestJoiningAnew(t *testing.T) {
	t.Parallel()
	m := house(t)
	w := manager(m)
	for _, password := range []string{"brot und salz", "brot und zalz"} {
		_, _ = w.Join(t.Context(), "Bakery", password) // the second is wrong
	}
	if d := cmp.Diff(map[string]string{"Bakery": "brot und salz"}, m.Profiles()); d != "" {
		t.Error(d)
	}
	m.Fail(0)
	m.Change(false, true, false)
	if got, err := w.Join(t.Context(), "Bakery", "brot und salz"); err != nil || !got.Portal || len(m.Profiles()) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhereThereIsNone(t *testing.T) {
	t.Parallel()
	m := house(t)
	w := manager(m)
	if !w.Present(t.Context()) {
		t.Error("not found")
	}
	m.Change(true, false, false)
	if _, err := w.Join(t.Context(), "Guests", ""); !problem.Is(err, problem.Forbidden) {
		t.Errorf("not allowed: %v", err)
	}
	m.Change(false, false, true)
	for name, w := range map[string]*wifi.Manager{
		"no device": w, "no NetworkManager": wifi.New(wifi.Config{Address: wifitest.Bus(t)}),
		"no bus": wifi.New(wifi.Config{Address: "unix:path=/nonexistent/bus"}),
	} {
		if _, err := w.Networks(t.Context()); !problem.Is(err, problem.NotFound) || w.Present(t.Context()) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.Join(t.Context(), "Guests", ""); !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJoiningIsGivenUp(t *testing.T) {
	t.Parallel()
	m := house(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := manager(m).Join(ctx, "Guests", ""); err == nil {
		t.Error("joined")
	}
	if got := m.Profiles(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
