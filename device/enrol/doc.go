// Package enrol makes a machine a kiosk of an organisation, and keeps what that
// gives it: the identity.
//
// The kiosk makes its three keys itself and they never leave it: TLS (ECDSA
// P-256), record (Ed25519) and seal (X25519). They are on disk before the first
// request, so that a lost reply or a power cut costs nothing: the same code asks
// again with the same keys and gets the same answer. Central is believed under
// one authority only, which is pinned by the enrolment address, by a file, or by
// the document at central's web address; every part of the reply is verified
// against it before anything is kept. The identity takes force with one rename.
//
// The package speaks to central through an interface, knows no clock, and judges
// no dates. Functions are safe for concurrent use only on different directories.
package enrol
