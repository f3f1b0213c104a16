// Package settings is what owners decide for the whole organisation: its name and
// zone, whether PINs may be exported, how long data is kept, up to which day nothing is
// corrected any more, the rule about breaks, and how touchscreens look.
//
// Each change is checked, written and audited with before and after in one
// transaction. How mail is sent is package notify's, the length of PINs package
// team's. Safe for concurrent use.
package settings
