// Package post hands one plain-text mail to an SMTP server.
//
// It is the only door to mail: nothing else composes a message or speaks SMTP.
// What callers give may hold anything, a person's name for instance: header
// lines can't be broken out of, and an address that is none is refused before a
// connection is made. A mail is encrypted on its way, or it does not leave this
// machine: without TLS only a loopback server is spoken to, and a password is
// never sent in the clear.
//
// Errors say who can do something about it:
//
//	problem.Invalid          this mail will never be taken; don't send it again
//	problem.Unauthenticated  the server refuses the user or password
//	problem.Untrusted        the server can't show who it is
//	problem.Forbidden        the server refuses us or our sender, whoever it is for
//	problem.Unavailable      not now: send again later
//
// Their detail "server" is true where another mail would fare no better just now.
//
// A Sender keeps nothing between mails and is safe for concurrent use. A mail
// that was sent twice has the same Message-ID, so that mailboxes may drop one.
package post
