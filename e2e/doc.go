// Package e2e runs the real programs: built binaries, real processes, a real
// broker, a real window on a virtual display, and kills them for real. It holds
// tests only; nothing imports it.
//
// The programs are looked for in the repository's bin/ folder; make test builds
// them first.
package e2e
