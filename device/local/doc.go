// Package local is the conversation between kioskd and the touchscreen on one
// machine: HTTP with JSON over a unix socket, and one stream of state.
//
// The screen can ask, never read: no hash, no key, no other person's hours
// crosses this socket. The package holds the types of the conversation, the
// server over the Terminal interface it declares, and the client that the
// screen uses. It decides nothing itself. Server and Client are safe for
// concurrent use.
package local
