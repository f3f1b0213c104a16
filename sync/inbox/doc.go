// Package inbox takes in what central sends to a kiosk, and believes none of it
// before the signature has been verified.
//
// It is a stepping core: no goroutine, no clock, no connection. Take is given
// every message that arrives. It drops and counts what is not signed by a key of
// the keyset, not meant for this kiosk, not on the channel of its type, already
// seen, or older than what is in force; it collects the parts of roster pages
// within bounds of memory and time, and applies them in version order in one
// transaction. What it can't do itself (acknowledgements, the answer to a hello)
// it hands on as an Event, decoded and verified.
//
// The broker in between may drop, repeat, reorder or hold back messages at will.
// The worst it can reach is that nothing arrives: a page that does not fit the
// version in force makes the kiosk pull.
//
// An Inbox is used by one goroutine at a time; Stats alone is safe for
// concurrent use.
package inbox
