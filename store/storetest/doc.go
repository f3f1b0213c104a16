// Package storetest holds the contracts that every implementation of the
// stores must keep. It is imported by tests only.
package storetest
