// Package posttest starts a real SMTP server for tests: aiosmtpd, in a process of
// its own. Where it is not installed the test fails and says what is missing.
package posttest
