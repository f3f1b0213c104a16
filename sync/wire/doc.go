// Package wire is what kiosk and central say to each other, byte for byte:
// topics, the signed envelope, and the message bodies. It holds no connection.
//
// The broker between the two is not trusted. Every message, both ways, is
// signed over its topic, type and ids, so that nothing replays to another kiosk
// or direction. Within version 1 changes are only additive; unknown fields are
// ignored. testdata/v1 holds vectors that never change.
package wire
