// Package hook posts messages to the address that an owner has chosen for them.
//
// The address is somebody's word, and this server stands inside a network: it posts
// over HTTPS, follows no redirect, uses no proxy, tells nobody what the answer said,
// and looks at the address that the name resolved to at the moment of the connection,
// so that a name that changes its mind reaches nothing more. This machine and its own
// link are refused always, addresses of private networks unless the owner has said
// that the receiver is inside.
//
// Each message is signed: the header Timepost-Signature is t=UNIX,v1=HEX, HEX being
// HMAC-SHA256 over UNIX, a dot and the body, under the secret that was shown once.
// Timepost-Delivery numbers messages: one that is posted again has the same number.
package hook
