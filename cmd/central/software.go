package main

// software names the version of this program.
func software() string { return "central " + version }
