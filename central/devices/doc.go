// Package devices is central's HTTPS listener for kiosks, with a certificate of
// the fleet's own authority: enrolment, and the document by which a kiosk that
// knows only central's web address finds it.
//
// Nothing here needs a client certificate: a request proves itself by its code
// and by the signature of the key it brings. Bodies, times and the number of
// requests at once are bounded. Answers that say what went wrong are
// problem.Details.
package devices
