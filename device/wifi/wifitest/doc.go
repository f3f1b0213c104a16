// Package wifitest is a NetworkManager with one wireless device, on a message bus of its
// own: what the tests of package wifi, and of whoever stands on it, talk to. The bus is
// the real dbus-daemon.
package wifitest
