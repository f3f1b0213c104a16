// Package health knows how the kiosks do: what they last told of their machines,
// what is wrong with them, and what to do about it.
//
// Book takes in what kiosks tell and writes it down every few seconds, all in one
// commit: it is lossy by design, the next round says it again. Judge turns a kiosk
// and its last word into findings, in words; it reads nothing and is the one place
// that says what is wrong, for pages, REST and alerts. Watch looks once a minute,
// opens an alert for what stays wrong, and ends it when it has been right for a
// while; both are told in the transaction that writes them down.
//
// Book and Watch are services: Run runs once, the other methods may be called from
// many goroutines.
package health
