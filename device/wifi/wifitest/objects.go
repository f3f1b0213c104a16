package wifitest

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// add keeps a profile and joins its network, or does not.
func (m *Manager) add(s map[string]map[string]dbus.Variant, _, at dbus.ObjectPath) (profile, active dbus.ObjectPath, err *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.deny {
		return "", "", dbus.NewError(service+".PermissionDenied", []any{"Not authorized to control networking."})
	}
	m.made++
	profile = root + dbus.ObjectPath(fmt.Sprintf("/Settings/%d", m.made))
	active = root + dbus.ObjectPath(fmt.Sprintf("/ActiveConnection/%d", m.made))
	m.profiles[profile] = s
	psk, _ := s["802-11-wireless-security"]["psk"].Value().(string)
	for i, p := range m.points {
		if pointPath(i) != at {
			continue
		}
		if m.reason == 0 && p.Password == psk {
			m.active = at
			m.states[active] = []uint32{1, 2} // activating, activated
			return profile, active, nil
		}
	}
	if m.reason == 0 {
		m.reason = 8 // the supplicant gave up: what a wrong password looks like
	}
	m.states[active] = []uint32{1, 4} // activating, deactivated
	return profile, active, nil
}

// get gives a property of whatever object is meant.
func (m *Manager) get(msg dbus.Message, of, name string) (dbus.Variant, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, _ := msg.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	if path == root+"/Devices/1" {
		return found(map[string]any{"DeviceType": uint32(1), "State": uint32(100)}, name)
	}
	if path == device {
		state := struct{ State, Reason uint32 }{30, m.reason}
		return found(map[string]any{
			"DeviceType": uint32(2), "State": uint32(30), "StateReason": state, "LastScan": m.scans, "ActiveAccessPoint": m.active,
		}, name)
	}
	if states := m.states[path]; len(states) > 0 {
		if len(states) > 1 {
			m.states[path] = states[1:]
		}
		return found(map[string]any{"State": states[0]}, name)
	}
	for i, p := range m.points {
		if path == pointPath(i) {
			return found(map[string]any{"Ssid": []byte(p.SSID), "Strength": p.Strength, "Flags": p.Flags, "WpaFlags": p.WPA, "RsnFlags": p.RSN}, name)
		}
	}
	return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownObject", []any{string(path) + " " + of})
}

func found(values map[string]any, name string) (dbus.Variant, *dbus.Error) {
	v, ok := values[name]
	if !ok {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{name})
	}
	return dbus.MakeVariant(v), nil
}

func (m *Manager) settings(msg dbus.Message) (map[string]map[string]dbus.Variant, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, _ := msg.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	kept := m.profiles[path]
	out := map[string]map[string]dbus.Variant{}
	for group, values := range kept {
		if group != "802-11-wireless-security" { // secrets are given by another call
			out[group] = values
		}
	}
	return out, nil
}

func (m *Manager) drop(msg dbus.Message) *dbus.Error {
	m.mu.Lock()
	defer m.mu.Unlock()
	path, _ := msg.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	delete(m.profiles, path)
	return nil
}
