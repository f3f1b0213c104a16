// Package centraldb is central's database: the tables and every statement on them.
//
// One file per use case. The public methods open the transaction; unexported
// ones take it and do the work, so that transactions compose. Statements are
// written once for SQLite and PostgreSQL: $1-style parameters in order of first
// use, BIGINT instants, ON CONFLICT and RETURNING. The package decides nothing
// about the business; use cases see it through small interfaces of their own.
package centraldb
