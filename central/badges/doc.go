// Package badges gives cards to people and takes them away.
//
// A card belongs to one active person at most, whatever form it is typed in: see
// package attendance/badge. It is learnt from what an administrator types from it,
// or from a kiosk that it was held to: a card of nobody gets a short code on the
// kiosk's screen, and central hears of it. Who has left keeps their cards until somebody
// else gets them. Each change is audited in its transaction, without the whole
// number: whoever knows it can make a copy of the card. The kiosks hear of it after
// the commit. Safe for concurrent use.
package badges
