// Package bulletin keeps the messages that admins write for the touchscreens: for
// everybody, a kiosk, a team or one person, from a day on and until another. Kiosks
// have them in their rosters and show each person each of them once, after a receipt;
// what is for a team or a person, once at all kiosks together.
//
// It sends nothing itself: after a commit it says that something has changed. A
// Bulletin is safe for concurrent use.
package bulletin
