// Package trust decides whether a kiosk may believe a server's certificate when
// it cannot believe its own clock.
//
// A kiosk without a battery-backed clock starts in 1970, or weeks behind, and a
// wrong time server may put it into 2099. If certificates were judged by the wall
// clock, such a kiosk would refuse its own server, and with it the only way to
// learn the time. So the wall clock is not asked: a chain is judged at the latest
// instant that is known to have passed. Everything else of verification (chain,
// name, key usage, TLS 1.3) is as strict as ever, and only pinned roots count.
// Values are safe for concurrent use.
package trust
