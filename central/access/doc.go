// Package access says who somebody is and what they may do: accounts with
// passwords, browser sessions, API tokens, limits on guessing, and the table of
// roles and permissions.
//
// Passwords are kept as argon2id, sessions and tokens as SHA-256 of 256 random
// bits. An attempt is charged to its account and its address, durably, before
// the password is compared, and paid back when it was right. A wrong password
// and an unknown account give the same answer after the same work. The package
// knows neither cookies nor HTTP. Safe for concurrent use.
package access
