// Package archtest holds the building rules of Timepost as a test: which package
// stands on which floor, which package is the door of which library, what each
// program may link, and what a file may look like.
//
// It parses the source of the whole repository in this process. It asks no other
// program, because the test cache would not see what that program read and would
// show yesterday's answer. Every file counts, whatever its build tags.
//
// A rule is a function from the Tree to Violations. Every rule is tried twice:
// on the repository, which must obey it, and on small trees with a planted
// violation, which must be found. The tables (floors.go, customs.go, links.go,
// state.go) hold a reason for each entry; a change of architecture is a change
// of these tables, in the same commit.
package archtest
