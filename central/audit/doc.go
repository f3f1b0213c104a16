// Package audit keeps the log of who did what: PINs shown and changed, roles,
// kiosks enrolled and revoked, logins.
//
// The log is append-only and a hash chain: each row's hash covers the hash
// before it and everything in the row, so a row that was altered, removed or
// put in between shows in Verify. What the chain can't show is a tail that was
// cut off by somebody who can write the database; keep Head elsewhere for that,
// and give it to VerifyFrom.
// A row is written in the same transaction as what it tells of, so neither
// exists without the other. Safe for concurrent use.
package audit
