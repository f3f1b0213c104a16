// Package lifecycletest is the one start/stop stress test that every Service of
// Timepost passes. Only tests import it.
//
// It starts the service many times and cancels it at a different moment each
// time: before it starts, while it starts, and while it works. Each time Run must
// return soon, with nil or a cancellation, and leave no goroutine behind.
// Goroutines are told apart by profiler labels, which every goroutine inherits
// from the one that started it, so tests may run in parallel.
package lifecycletest
