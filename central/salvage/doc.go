// Package salvage takes in what kiosks hand in at the device listener instead of
// sending it over the broker: the records of a kiosk that the broker no longer lets
// in (a deposit), and what could be read of a journal that is closed, damaged or
// left behind (a salvage).
//
// From a kiosk in force a deposit goes into the log like any batch. Everything else
// is verified against every key the kiosk has had, kept apart, and counts only once
// somebody has accepted it under Review. Handing in the same again changes nothing;
// what is answered is committed, and the answer is signed by central's message key.
package salvage
