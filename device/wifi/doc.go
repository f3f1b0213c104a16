// Package wifi puts this machine into a wireless network, by NetworkManager over D-Bus.
//
// A machine without NetworkManager, or without a wireless device, has none: whoever
// asks is told so by problem.NotFound, and nothing about wireless is offered then. A
// Manager holds no connection between calls and is safe for concurrent use.
//
// The interface is that of NetworkManager 1.x,
// https://networkmanager.dev/docs/api/latest/spec.html.
package wifi
