// Package httplink is the kiosk's HTTPS calls to central: where the device
// listener is, which authority stands behind it, and enrolment.
//
// Every call is bounded in time and in bytes, and speaks TLS 1.3 only. The device
// listener is believed under one pinned authority, as sync/trust judges it; only
// the document at wire.WellKnownPath may be read under the system's roots, by
// which a person who has typed an address vouches for it. Errors carry distinct
// problem codes: Unavailable (nobody answers), Untrusted (somebody else does),
// and whatever central itself says. The package decides nothing and keeps nothing.
// A Client is safe for concurrent use.
package httplink
