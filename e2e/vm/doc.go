// Package vm is a Debian machine that can be unplugged: QEMU in software, with a
// real kernel, systemd, a USB keyboard as evdev device, and any date. It has no
// network. What runs in it is the agent of the folder below, which takes commands
// over a serial port, and the programs of the repository's bin/ folder, which it
// sees read-only. `make vm` makes the image and runs the tests here; without it
// they say that they are skipped.
package vm
