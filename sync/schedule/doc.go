// Package schedule says when: the next round of a cron schedule, and how long to
// wait before trying again.
//
// It computes; only Run waits. Schedules are cron expressions of five fields,
// descriptors (@hourly) or @every with a duration, parsed by robfig/cron. Each
// kiosk is shifted by its own splay, so a fleet on one schedule does not arrive
// in one second. Back-off never gives up. The values of this package are
// immutable and safe for concurrent use.
package schedule
