// Package clocktrust says when something truly happened at a machine whose clock
// may be wrong, and how wrong the answer can be.
//
// A kiosk's stamp is evidence, not a claim: a Raspberry Pi has no battery for its
// clock, so that after a power cut it may show any time. What can be trusted is the
// crystal within one boot (Stamp's Raw, which NTP does not slew, plus the time the
// machine was suspended) and anchors, which tie an instant of a boot to UTC: from
// central over the network, or from NTP. From these a History gives each instant an
// interval that holds the true time as long as one source of each boot with fresh
// anchors is right within the error it states.
//
// Resolving is pure and has a Version: the same evidence gives the same interval,
// wherever and whenever it is asked, and later evidence only makes a new History.
package clocktrust
