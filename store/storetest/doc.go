// Package storetest holds the contracts of the stores as tests, so that every
// implementation is held to the same promises: the real one and the fakes that
// other packages test with. Only tests import it.
package storetest
