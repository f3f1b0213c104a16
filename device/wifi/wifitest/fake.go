package wifitest

import (
	"bufio"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

const (
	service = "org.freedesktop.NetworkManager"
	root    = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	device  = root + "/Devices/3"
)

// AccessPoint is one in reach. The flags are NetworkManager's.
type AccessPoint struct {
	SSID            string
	Strength        uint8
	Flags, WPA, RSN uint32
	Password        string // what lets a machine in
}

// Flags of access points, as NetworkManager has them.
const (
	Privacy = 0x1
	PSK     = 0x100
	Company = 0x200
	SAE     = 0x400
)

// Manager is the NetworkManager. Set its fields before it is asked.
type Manager struct {
	Address string // of the bus

	mu       sync.Mutex
	conn     *dbus.Conn
	points   []AccessPoint
	found    []AccessPoint // come with the next scan
	scans    int64
	active   dbus.ObjectPath
	profiles map[dbus.ObjectPath]map[string]map[string]dbus.Variant
	made     int
	reason   uint32
	deny     bool
	portal   bool
	noRadio  bool
	states   map[dbus.ObjectPath][]uint32 // of active connections, from now on
}

// New starts a bus with a NetworkManager that finds these access points.
func New(t testing.TB, points ...AccessPoint) *Manager {
	t.Helper()
	m := &Manager{
		Address: startBus(t), points: points, active: "/",
		profiles: map[dbus.ObjectPath]map[string]map[string]dbus.Variant{}, states: map[dbus.ObjectPath][]uint32{},
	}
	var err error
	if m.conn, err = dbus.Connect(m.Address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.conn.Close() })
	m.export(t)
	if _, err := m.conn.RequestName(service, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return m
}

// Bus starts a message bus without a NetworkManager and gives its address.
func Bus(t testing.TB) string {
	t.Helper()
	return startBus(t)
}

func startBus(t testing.TB) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("start dbus-daemon (package dbus-daemon): %v", err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("read the bus's address: %v", err)
	}
	return strings.TrimSpace(address)
}

// Change changes how it behaves: deny refuses every change as NetworkManager does where
// no rule allows it, portal has each network want a page, noRadio takes the device away.
func (m *Manager) Change(deny, portal, noRadio bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deny, m.portal, m.noRadio = deny, portal, noRadio
}

// Find has the next scan find these, too.
func (m *Manager) Find(points ...AccessPoint) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.found = points
}

// Fail has the device leave every network with this NM_DEVICE_STATE_REASON; 0: as the
// password says.
func (m *Manager) Fail(reason uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reason = reason
}

// Profiles gives the profiles that are kept, and the password of each.
func (m *Manager) Profiles() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]string{}
	for _, s := range m.profiles {
		ssid, _ := s["802-11-wireless"]["ssid"].Value().([]byte)
		psk, _ := s["802-11-wireless-security"]["psk"].Value().(string)
		out[string(ssid)] = psk
	}
	return out
}

func (m *Manager) export(t testing.TB) {
	t.Helper()
	tables := []struct {
		path    dbus.ObjectPath
		of      string
		methods map[string]any
	}{
		{root, service, map[string]any{"GetDevices": m.devices, "AddAndActivateConnection": m.add, "CheckConnectivity": m.check}},
		{device, service + ".Device.Wireless", map[string]any{"RequestScan": m.scan, "GetAllAccessPoints": m.list}},
		{device, "org.freedesktop.DBus.Properties", map[string]any{"Get": m.get}}, // what is exported here hides the subtree
		{root + "/Settings", service + ".Settings", map[string]any{"ListConnections": m.kept}},
	}
	for _, e := range tables {
		if err := m.conn.ExportMethodTable(e.methods, e.path, e.of); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.conn.ExportSubtreeMethodTable(map[string]any{"Get": m.get}, root, "org.freedesktop.DBus.Properties"); err != nil {
		t.Fatal(err)
	}
	of := service + ".Settings.Connection"
	if err := m.conn.ExportSubtreeMethodTable(map[string]any{"GetSettings": m.settings, "Delete": m.drop}, root+"/Settings", of); err != nil {
		t.Fatal(err)
	}
}

func (m *Manager) devices() ([]dbus.ObjectPath, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noRadio {
		return []dbus.ObjectPath{root + "/Devices/1"}, nil
	}
	return []dbus.ObjectPath{root + "/Devices/1", device}, nil
}

func (m *Manager) scan(map[string]dbus.Variant) *dbus.Error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scans++
	m.points, m.found = append(m.points, m.found...), nil
	return nil
}

func pointPath(n int) dbus.ObjectPath {
	return root + dbus.ObjectPath(fmt.Sprintf("/AccessPoint/%d", n))
}

func (m *Manager) list() ([]dbus.ObjectPath, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []dbus.ObjectPath{}
	for i := range m.points {
		out = append(out, pointPath(i))
	}
	return out, nil
}

func (m *Manager) kept() ([]dbus.ObjectPath, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []dbus.ObjectPath{}
	for path := range m.profiles {
		out = append(out, path)
	}
	return out, nil
}

func (m *Manager) check() (uint32, *dbus.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.portal {
		return 2, nil
	}
	return 4, nil
}
