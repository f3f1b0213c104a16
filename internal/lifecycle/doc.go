// Package lifecycle runs the long-living parts of a program together.
//
// There is one lifecycle in Timepost: Run(ctx) error. Run blocks until the work
// is over, waits for every goroutine it started, and returns. A Group starts its
// services in the order they were added (what others stand on comes first: keys
// and store, then the network) and stops them in the reverse order, each one
// having returned before the next is told to stop. The first failure stops them
// all. Being cancelled is not a failure.
//
// The package knows nothing about signals, logs or restarts: a program turns
// SIGTERM into a cancelled context, and decides itself what to do with the error.
package lifecycle
