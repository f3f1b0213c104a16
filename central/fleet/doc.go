// Package fleet knows the kiosks: it creates them, hands out enrolment codes,
// makes a machine one of them, admits it to the broker and revokes it. It also
// keeps the keys that all of this rests on.
//
// Keys live in a folder outside the database, owner-readable only: the fleet's
// certificate authority, the key that signs central's messages, and the data
// key under which PINs lie. Losing the folder means enrolling every kiosk again;
// a copy of it and of the database together is everything there is.
//
// A kiosk's three keys are made on the kiosk and never leave it. Its certificate
// lasts until it is revoked or the kiosk enrolled anew, its common name is the id
// that central chose, and it vouches for the other two keys by their SHA-256. Safe for concurrent use.
package fleet
