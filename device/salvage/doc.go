// Package salvage hands in at central's device listener what a kiosk can't send over
// the broker: a deposit, the unsent records of a kiosk that the broker refuses for
// good, and a salvage, the unsent tails of journals that are closed, damaged or left
// behind by an enrolment before.
//
// Nothing is released before central has answered for it under its own message key,
// and a journal that was set aside is kept for KeepFor after that. The package knows
// no connection: Central is what posts. A Sender is for one goroutine; Left may be called from any.
package salvage
