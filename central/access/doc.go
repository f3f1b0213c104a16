// Package access says who somebody is and what they may do: accounts with
// passwords, passkeys and recovery codes, invitations to make one, browser
// sessions, API tokens with scopes, limits on guessing, and the table of roles and
// permissions.
//
// Passwords are kept as argon2id; sessions, tokens, invitations and recovery codes
// as SHA-256 of 80 to 256 random bits; passkeys as public keys. An attempt is
// charged to its account and its address, durably, before anything is compared,
// and paid back when it was right. A wrong password and an unknown account look
// the same.
//
// A passkey answers a challenge that lies in memory for five minutes, bound to one
// session, one purpose and one site's name, and is taken once. What shows secrets
// or changes who may come in asks for a fresh proof: see Fresh.
//
// All of it is safe for concurrent use.
package access
