package wifi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"

	"github.com/timepost/timepost/internal/problem"
)

// Security is how a network is closed.
type Security string

// What networks are closed by. Company stands for those that want a name beside the
// password (802.1X), Old for WEP: neither can be set up here.
const (
	Open     Security = "open"
	Password Security = "password"
	Company  Security = "company"
	Old      Security = "old"
)

// Network is a network in reach; several access points of one name are one.
type Network struct {
	SSID     string
	Strength int // per cent, of the strongest access point
	Security Security
	Active   bool // this machine is in it
}

// Joined says how a network turned out.
type Joined struct {
	Portal bool // it wants somebody to log in on a page first
}

// Config is what a Manager stands on.
type Config struct {
	Address string        // of the bus; empty: the system's
	Poll    time.Duration // between two looks at how joining goes; 0: half a second
	Scan    time.Duration // how long is waited for a scan's result; 0: eight seconds
}

// Manager talks to NetworkManager.
type Manager struct{ cfg Config }

// New gives a Manager. It connects when it is asked.
func New(cfg Config) *Manager {
	cfg.Poll, cfg.Scan = cmp.Or(cfg.Poll, 500*time.Millisecond), cmp.Or(cfg.Scan, 8*time.Second)
	return &Manager{cfg}
}

// Present says whether there is a wireless device that can be set up here.
func (m *Manager) Present(ctx context.Context) bool {
	b, err := m.open(ctx)
	if err != nil {
		return false
	}
	b.close()
	return true
}

// Networks lists what is in reach, the network in use first, then the strongest.
// Errors: problem.NotFound (nothing wireless here), problem.Unavailable.
func (m *Manager) Networks(ctx context.Context) ([]Network, error) {
	b, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer b.close()
	b.scan(ctx, m.cfg)
	points, err := b.points(ctx)
	if err != nil {
		return nil, err
	}
	var out []Network
	for _, p := range points {
		i := slices.IndexFunc(out, func(n Network) bool { return n.SSID == p.SSID && n.Security == p.Security })
		switch {
		case p.SSID == "" || !utf8.ValidString(p.SSID):
		case i < 0:
			out = append(out, p.Network)
		default:
			out[i].Strength, out[i].Active = max(out[i].Strength, p.Strength), out[i].Active || p.Active
		}
	}
	slices.SortStableFunc(out, func(a, b Network) int {
		if a.Active != b.Active {
			return map[bool]int{true: -1, false: 1}[a.Active]
		}
		return cmp.Or(cmp.Compare(b.Strength, a.Strength), cmp.Compare(a.SSID, b.SSID))
	})
	return out, nil
}

// Join puts this machine into a network and waits until it has an address there, at most
// until ctx ends. What did not work leaves no trace. Errors: problem.Invalid (such a
// password can't be), problem.Unauthenticated (the password is wrong), problem.NotFound
// (out of reach, or nothing wireless here), problem.Conflict (it is of a kind that can't
// be set up here), problem.Forbidden (this program may not), problem.Unavailable.
func (m *Manager) Join(ctx context.Context, ssid, password string) (Joined, error) {
	b, err := m.open(ctx)
	if err != nil {
		return Joined{}, err
	}
	defer b.close()
	points, err := b.points(ctx)
	if err != nil {
		return Joined{}, err
	}
	best := -1
	for i, p := range points {
		if p.SSID == ssid && (best < 0 || p.Strength > points[best].Strength) {
			best = i
		}
	}
	if best < 0 {
		return Joined{}, outOfReach()
	}
	p := points[best]
	settings, err := p.settings(password)
	if err != nil {
		return Joined{}, err
	}
	before, err := b.profiles(ctx, ssid)
	if err != nil {
		return Joined{}, err
	}
	profile, active, err := b.activate(ctx, settings, p.path)
	if err != nil {
		return Joined{}, err
	}
	if err := b.await(ctx, active, m.cfg.Poll); err != nil {
		b.forget(context.WithoutCancel(ctx), profile)
		return Joined{}, err
	}
	for _, old := range before {
		b.forget(ctx, old)
	}
	return Joined{Portal: b.portal(ctx)}, nil
}

// settings gives a profile for an access point.
func (p point) settings(password string) (map[string]map[string]dbus.Variant, error) {
	v := dbus.MakeVariant
	s := map[string]map[string]dbus.Variant{
		"connection":     {"id": v(p.SSID), "type": v(kindWireless), "autoconnect": v(true)},
		kindWireless:     {"ssid": v([]byte(p.SSID)), "mode": v("infrastructure")},
		"ipv4":           {"method": v("auto")},
		"ipv6":           {"method": v("auto")},
		wirelessSecurity: {"key-mgmt": v(p.keys), "psk": v(password)},
	}
	switch p.Security {
	case Open:
		delete(s, wirelessSecurity)
	case Password:
		if n := len(password); n < 8 || n > 63 {
			return nil, problem.New(problem.Invalid, "A Wi-Fi password has 8 to 63 characters.", "Type it anew; capitals count.")
		}
	case Company, Old:
		return nil, problem.New(problem.Conflict, fmt.Sprintf("The network %q can't be set up here.", p.SSID),
			"Ask who runs it for a network with a password alone, or use a cable.")
	}
	return s, nil
}

func outOfReach() *problem.Error {
	return problem.New(problem.NotFound, "This network is out of reach.", "Look at the list again; bring the machine nearer.")
}
