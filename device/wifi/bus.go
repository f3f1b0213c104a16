package wifi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/timepost/timepost/internal/problem"
)

// Names of NetworkManager's interface.
const (
	service     = "org.freedesktop.NetworkManager"
	root        = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	settings    = root + "/Settings"
	device      = service + ".Device"
	wireless    = device + ".Wireless"
	accessPoint = service + ".AccessPoint"
	activeConn  = service + ".Connection.Active"
	profileOf   = service + ".Settings.Connection"

	kindWireless     = "802-11-wireless"
	wirelessSecurity = "802-11-wireless-security"
)

// Values of NetworkManager's enumerations.
const (
	deviceWifi = 2 // NM_DEVICE_TYPE_WIFI

	stateUnavailable = 20 // NM_DEVICE_STATE_UNAVAILABLE: the radio is off; below it, not managed

	activated   = 2 // NM_ACTIVE_CONNECTION_STATE_ACTIVATED
	deactivated = 4 // NM_ACTIVE_CONNECTION_STATE_DEACTIVATED

	portal = 2 // NM_CONNECTIVITY_PORTAL

	privacy           = 0x1   // NM_802_11_AP_FLAGS_PRIVACY
	keyPSK            = 0x100 // NM_802_11_AP_SEC_KEY_MGMT_PSK
	key8021X          = 0x200 // NM_802_11_AP_SEC_KEY_MGMT_802_1X
	keySAE            = 0x400 // NM_802_11_AP_SEC_KEY_MGMT_SAE
	noSecrets         = 7     // NM_DEVICE_STATE_REASON_NO_SECRETS; up to supplicantTimeout the password is the usual reason
	supplicantTimeout = 11
	ssidNotFound      = 53 // NM_DEVICE_STATE_REASON_SSID_NOT_FOUND
)

// bus is a conversation with NetworkManager about one wireless device.
type bus struct {
	conn   *dbus.Conn
	device dbus.ObjectPath
}

// point is an access point.
type point struct {
	Network
	path dbus.ObjectPath
	keys string // NetworkManager's name of how its key is used
}

func (m *Manager) open(ctx context.Context) (*bus, error) {
	connect := func(o ...dbus.ConnOption) (*dbus.Conn, error) { return dbus.ConnectSystemBus(o...) }
	if m.cfg.Address != "" {
		connect = func(o ...dbus.ConnOption) (*dbus.Conn, error) { return dbus.Connect(m.cfg.Address, o...) }
	}
	conn, err := connect(dbus.WithContext(ctx))
	if err != nil {
		return nil, none(err)
	}
	b := &bus{conn: conn}
	if b.device, err = b.find(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bus) close() { _ = b.conn.Close() } // nothing waits to be sent

func none(err error) error {
	return problem.New(problem.NotFound, "This machine has no Wi-Fi that can be set up here.", "Use a cable.").Because(err)
}

// find gives the first wireless device that NetworkManager looks after.
func (b *bus) find(ctx context.Context) (dbus.ObjectPath, error) {
	var devices []dbus.ObjectPath
	if err := b.call(ctx, root, service+".GetDevices").Store(&devices); err != nil {
		return "", none(err)
	}
	for _, path := range devices {
		var kind, state uint32
		if err := errors.Join(b.get(ctx, path, device, "DeviceType", &kind), b.get(ctx, path, device, "State", &state)); err != nil {
			continue // it was just unplugged
		}
		if kind == deviceWifi && state >= stateUnavailable {
			return path, nil
		}
	}
	return "", none(errors.New("no wireless device"))
}

func (b *bus) call(ctx context.Context, path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return b.conn.Object(service, path).CallWithContext(ctx, method, 0, args...)
}

func (b *bus) get(ctx context.Context, path dbus.ObjectPath, of, name string, out any) error {
	var v dbus.Variant
	if err := b.call(ctx, path, "org.freedesktop.DBus.Properties.Get", of, name).Store(&v); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := v.Store(out); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// scan looks for networks anew and waits for the result. Without one the networks of
// the scan before are listed, which is what is wanted when a scan is refused because
// another has just been.
func (b *bus) scan(ctx context.Context, cfg Config) {
	var last int64
	if b.get(ctx, b.device, wireless, "LastScan", &last) != nil {
		return
	}
	if b.call(ctx, b.device, wireless+".RequestScan", map[string]dbus.Variant{}).Err != nil {
		return
	}
	for end := time.Now().Add(cfg.Scan); time.Now().Before(end) && pause(ctx, cfg.Poll); {
		var now int64
		if b.get(ctx, b.device, wireless, "LastScan", &now) != nil || now != last {
			return
		}
	}
}

func (b *bus) points(ctx context.Context) ([]point, error) {
	var paths []dbus.ObjectPath
	if err := b.call(ctx, b.device, wireless+".GetAllAccessPoints").Store(&paths); err != nil {
		return nil, fmt.Errorf("list networks: %w", told(err))
	}
	var mine dbus.ObjectPath
	if err := b.get(ctx, b.device, wireless, "ActiveAccessPoint", &mine); err != nil {
		return nil, told(err)
	}
	var out []point
	for _, path := range paths {
		p, err := b.point(ctx, path)
		if err != nil {
			continue // it is out of reach since
		}
		p.Active = path == mine
		out = append(out, p)
	}
	return out, nil
}

func (b *bus) point(ctx context.Context, path dbus.ObjectPath) (point, error) {
	var ssid []byte
	var strength uint8
	var flags, wpa, rsn uint32
	err := errors.Join(
		b.get(ctx, path, accessPoint, "Ssid", &ssid), b.get(ctx, path, accessPoint, "Strength", &strength),
		b.get(ctx, path, accessPoint, "Flags", &flags), b.get(ctx, path, accessPoint, "WpaFlags", &wpa), b.get(ctx, path, accessPoint, "RsnFlags", &rsn),
	)
	p := point{Network: Network{SSID: string(ssid), Strength: int(strength)}, path: path}
	p.Security, p.keys = closedBy(flags, wpa|rsn)
	return p, err
}

// closedBy reads an access point's flags. One that takes both kinds of password key is
// joined by the older: every device knows it.
func closedBy(flags, keys uint32) (Security, string) {
	switch {
	case keys&keyPSK != 0:
		return Password, "wpa-psk"
	case keys&keySAE != 0:
		return Password, "sae"
	case keys&key8021X != 0:
		return Company, ""
	case keys == 0 && flags&privacy != 0:
		return Old, ""
	}
	return Open, ""
}

// profiles gives the profiles that are there for a network.
func (b *bus) profiles(ctx context.Context, ssid string) ([]dbus.ObjectPath, error) {
	var all, out []dbus.ObjectPath
	if err := b.call(ctx, settings, service+".Settings.ListConnections").Store(&all); err != nil {
		return nil, told(err)
	}
	for _, path := range all {
		var s map[string]map[string]dbus.Variant
		if b.call(ctx, path, profileOf+".GetSettings").Store(&s) != nil {
			continue // it is another user's, or just gone
		}
		if name, ok := s[kindWireless]["ssid"].Value().([]byte); ok && string(name) == ssid {
			out = append(out, path)
		}
	}
	return out, nil
}

func (b *bus) activate(ctx context.Context, s map[string]map[string]dbus.Variant, at dbus.ObjectPath) (profile, active dbus.ObjectPath, err error) {
	if err := b.call(ctx, root, service+".AddAndActivateConnection", s, b.device, at).Store(&profile, &active); err != nil {
		return "", "", told(err)
	}
	return profile, active, nil
}

// await waits until the machine has an address.
func (b *bus) await(ctx context.Context, active dbus.ObjectPath, poll time.Duration) error {
	for {
		var state uint32
		err := b.get(ctx, active, activeConn, "State", &state)
		if err == nil && state == activated {
			return nil
		}
		if err != nil || state == deactivated {
			return b.why(ctx)
		}
		if !pause(ctx, poll) {
			return problem.New(problem.Unavailable, "The network does not answer.", "Try again nearer to it.").Because(ctx.Err())
		}
	}
}

// why gives the reason for which the device left a network.
func (b *bus) why(ctx context.Context) error {
	var r struct{ State, Reason uint32 }
	if err := b.get(ctx, b.device, device, "StateReason", &r); err != nil {
		return told(err)
	}
	because := fmt.Errorf("device state %d, reason %d", r.State, r.Reason)
	switch {
	case r.Reason >= noSecrets && r.Reason <= supplicantTimeout:
		return problem.New(problem.Unauthenticated, "The password is not right.", "Type it anew; capitals count.").Because(because)
	case r.Reason == ssidNotFound:
		return outOfReach().Because(because)
	}
	return problem.New(problem.Unavailable, "The network gave this machine no address.", "Try again, or ask who runs it.").Because(because)
}

// forget removes a profile; one that stays behind does no harm.
func (b *bus) forget(ctx context.Context, profile dbus.ObjectPath) {
	_ = b.call(ctx, profile, profileOf+".Delete").Err
}

func (b *bus) portal(ctx context.Context) bool {
	var c uint32
	return b.call(ctx, root, service+".CheckConnectivity").Store(&c) == nil && c == portal
}

// told gives NetworkManager's error a code.
func told(err error) error {
	var e dbus.Error
	if errors.As(err, &e) && (e.Name == service+".PermissionDenied" || e.Name == "org.freedesktop.DBus.Error.AccessDenied") {
		return problem.New(problem.Forbidden, "The clock may not change this machine's network.",
			"Tell your operator: the rule of packaging/polkit is missing.").Because(err)
	}
	return problem.New(problem.Unavailable, "The network settings do not answer.", "Try again.").Because(err)
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
