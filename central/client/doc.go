// Package client is central's REST API as Go: the types of /api/v1, which the
// server uses too, and a client for programs such as the fleet command.
//
// It does no retries except where a stream resumes by itself. Errors carry the
// server's own problem code, message and hint. A Client is safe for concurrent
// use.
package client
