// Package webcert is the certificate of the web pages and the REST API.
//
// A server's own authority is known to its kiosks, not to people's browsers. What
// browsers believe comes from a pair of files that somebody renews, or from an authority
// that speaks ACME (RFC 8555), such as Let's Encrypt. For other names, and for as long as
// there is none, the server's own certificate is shown, so that pages can be reached.
//
// It has no part in what kiosks believe: their listeners keep to the server's own
// authority.
package webcert
