package ui

import (
	"context"
	"strings"
	"testing"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// radio is the wireless network of the service in memory.
type radio struct {
	nets   []local.Network
	failed error
	portal bool
}

func (s *service) Networks(_ context.Context, session string) ([]local.Network, error) {
	s.calls = append(s.calls, "networks "+session)
	return s.radio.nets, s.radio.failed
}

func (s *service) Join(_ context.Context, j local.Join) (local.Joined, error) {
	s.calls = append(s.calls, "join "+j.Session+" "+j.SSID+" "+j.Password)
	return local.Joined{Portal: s.radio.portal}, s.radio.failed
}

func inReach() []local.Network {
	return []local.Network{
		{SSID: "Alderfinch Bakery", Strength: 71, Security: "password", Active: true}, {SSID: "Office", Strength: 90, Security: "company"},
		{SSID: "Guests", Strength: 55, Security: "open"}, {SSID: "Warehouse 2.4 GHz", Strength: 41, Security: "password"}, {SSID: "printer-setup-8F21", Strength: 12, Security: "old"},
	}
}

// fresh is a machine that is no kiosk yet and has Wi-Fi.
func fresh() local.State { return local.State{Zone: "UTC", Wireless: true} }

func (b *bench) toNetworks(nets []local.Network) {
	b.t.Helper()
	b.s.radio.nets = nets
	b.k.Update(fresh())
	b.tap("wifi")
}

func wifiScenes() []scene {
	many := inReach()
	for range 4 {
		many = append(many, inReach()[1:]...)
	}
	secret := func(b *bench) {
		b.toNetworks(inReach())
		b.tap("network_Alderfinch Bakery", "key_b", "key_r", "key_o", "key_t", "key_layer", "key_B", "key_R", "key_O", "key_T")
	}
	return []scene{
		{"94-enrol-wifi", func(b *bench) { b.k.Update(fresh()) }},
		{"95-networks", func(b *bench) { b.toNetworks(inReach()) }},
		{"96-networks-many", func(b *bench) { b.toNetworks(many) }},
		{"97-networks-none", func(b *bench) { b.toNetworks(nil) }},
		{"98-network-password", secret},
		{"99-network-refused", func(b *bench) {
			secret(b)
			b.s.radio.failed = problem.New(problem.Unauthenticated, "", "")
			b.tap("connect")
		}},
		{"9a-network-joined", func(b *bench) { secret(b); b.tap("connect") }},
		{"9b-network-portal", func(b *bench) { b.s.radio.portal = true; b.toNetworks(inReach()[2:]); b.tap("network_Guests") }},
		{"9c-maintenance-wifi", func(b *bench) { b.toWirelessCare() }},
	}
}

func (b *bench) toWirelessCare() {
	b.t.Helper()
	c := well()
	c.Wireless = true
	b.toCare(c)
	b.k.state.Wireless = true
	b.toActions()
	b.k.care.lay(b.k.care.size)
}

// Before it is a kiosk anybody puts the machine into a network; a wrong password is said
// where it was typed, and nothing that was typed stays behind.
func TestJoiningANetwork(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.k.Update(local.State{Zone: "UTC"})
	if o, _, _ := b.look("wifi"); o != nil {
		t.Error("Wi-Fi is offered where there is none")
	}
	b.toNetworks(inReach())
	b.tap("network_Warehouse 2.4 GHz")
	if b.k.Screen() != "network_password" {
		t.Fatal(b.k.Screen())
	}
	b.tap("key_b", "key_r", "key_o", "key_t")
	b.s.calls = nil
	b.tap("connect") // too short
	if len(b.s.calls) != 0 {
		t.Errorf("%v", b.s.calls)
	}
	b.tap("key_layer", "key_B", "key_R", "key_O", "key_T")
	b.s.radio.failed = problem.New(problem.Unauthenticated, "", "")
	b.tap("connect")
	if b.k.Screen() != "network_password" || b.k.secret.news.text != b.k.say.WifiWrong || b.k.secret.field.text != "brotBROT" {
		t.Errorf("%s, %q, %q", b.k.Screen(), b.k.secret.news.text, b.k.secret.field.text)
	}
	b.s.radio.failed = nil
	b.tap("connect")
	if b.k.Screen() != "networks" || !strings.Contains(b.k.networks.note.text, "Warehouse") || b.k.secret.field.text != "" {
		t.Errorf("%s, %q", b.k.Screen(), b.k.networks.note.text)
	}
	b.tap("back")
	if b.k.Screen() != "enrol" {
		t.Error(b.k.Screen())
	}
	if strings.Contains(b.log.String(), "brot") {
		t.Error("the password is in the log")
	}
}

func TestNetworksThatCantBeJoined(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.toNetworks(inReach())
	b.s.calls = nil
	b.tap("network_Office")
	if len(b.s.calls) != 0 || b.k.networks.note.text != b.k.say.WifiCompany {
		t.Errorf("%v, %q", b.s.calls, b.k.networks.note.text)
	}
	for code, want := range map[problem.Code]string{
		problem.NotFound: b.k.say.WifiGone, problem.Forbidden: b.k.say.WifiMayNot, problem.Unavailable: b.k.say.WifiSilent,
	} {
		b.s.radio.failed = nil
		b.tap("again")
		b.s.radio.failed = problem.New(code, "", "")
		b.tap("network_Guests")
		if b.k.networks.note.text != want {
			t.Errorf("%s: %q", code, b.k.networks.note.text)
		}
	}
}

// A caretaker's session goes along, and Maintenance is where they come back to.
func TestACaretakerJoinsANetwork(t *testing.T) {
	b := newBench(t, glasses()[0])
	b.s.radio.nets = inReach()
	b.toWirelessCare()
	b.s.calls = nil
	b.tap("wifi", "network_Guests", "back")
	if got := strings.Join(b.s.calls, ", "); !strings.Contains(got, "networks c1") || !strings.Contains(got, "join c1 Guests ") || b.k.Screen() != "maintenance" {
		t.Errorf("%s, %s", got, b.k.Screen())
	}
}
