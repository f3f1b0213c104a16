package main

import "runtime/debug"

// software names the version of this program.
func software() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "central"
	}
	return "central " + info.Main.Version
}
