// Package work is what people work on, and when they are to rest: projects, at
// which kiosks they can be booked on, by whom, and the break rules of single people.
//
// A project that a kiosk offers may be booked on there by everybody who has no list
// of their own; who has one may book on what both lists have. A kiosk that offers
// none does not ask about projects. What a person books on by themselves comes
// before what the kiosk does, and either counts only where they may book on it.
//
// Projects are not deleted, for what was booked on them stays: they go out of use,
// with their lists kept for the day they come back. Each change is checked, written
// and audited in one transaction; the kiosks that it touches hear of it after the
// commit. The organisation's own break rule is package settings'. Safe for
// concurrent use.
package work
