// Package timekeeper gathers what vouches for a kiosk's time: the clock of a central
// that has answered, and the machine's own clock while NTP keeps it. What is worth it
// goes into the journal, so that central can say later when each punch truly was;
// and the touchscreen learns from it whether the time it shows can be believed.
//
// The wall clock is looked at once a minute. A step is no harm in between: evidence
// is tied to the time since the boot, which nobody sets.
package timekeeper
