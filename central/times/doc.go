// Package times works out when each punch truly was, from what kiosks recorded of their
// clocks.
//
// A kiosk's stamp is evidence, see package clocktrust. Times follows the log behind the
// projector: it gathers boots, what vouches for the time in them, and where in a boot
// each punch was made, and keeps an interval beside the punch that holds the true time.
// Evidence that comes later makes it anew.
//
// Where the interval is exact and the kiosk's own time is not in it, a correction by the
// clock puts the punch right, in sight like any other: hours, presence and files follow.
// What a person has put right or confirmed, and what lies in sealed days, is left alone;
// so is what is not exact: somebody has to confirm it.
package times
