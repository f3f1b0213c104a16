// Package diagnostics keeps what kiosks hand in of their state for whoever looks
// after them: archives, as the kiosk made and redacted them, in a folder beside the
// database. Central never opens one. The newest few of each kiosk are kept; each one
// kept and each one fetched is in the audit log.
package diagnostics
