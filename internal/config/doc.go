// Package config reads Timepost's configuration files, which are TOML.
//
// A file is read strictly: a key that the program does not know is an error, so
// that a misspelt setting never silently keeps its default. Every error is a
// problem.Invalid with the file, the line and what to write instead. Defaults
// are what the value holds before it is loaded; a file only changes what it
// names.
//
// The package holds no settings itself: each program declares its own struct,
// and a struct (or a part of one) that has a Validate method is asked whether
// its values make sense.
package config
