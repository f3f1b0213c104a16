// Package check holds the units and the Debian packages to what is promised of them,
// as far as that shows without root and without installing: the sandboxes, what
// systemd and dpkg make of the files, and that every file is shipped once. It has tests
// only; scripts/deb-test installs the packages.
package check
