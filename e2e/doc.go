// Package e2e runs the real programs: built binaries, real processes, a real
// broker, a real window on a virtual display, and kills them for real. It holds
// tests only; nothing imports it.
//
// The programs are looked for in the repository's bin/ folder; make test builds
// them first. Tests that choose at random print a seed; TIMEPOST_SEED repeats the
// choices, though not the order in which processes run. Pictures of the screen
// are kept in build/pictures. Only in TestEveryPunchOnceInBadWeather are the
// processes, the network and the time not real.
package e2e
