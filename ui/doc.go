// Package ui is the touchscreen of a time clock: what a person sees and taps
// between walking up to it and walking away.
//
// It draws and listens, and knows nothing else: no network, no disk, no PIN
// rules. It reaches the kiosk's service through the small interfaces of
// ports.go and shows what that service answers. In particular it says
// "recorded" only with a local.Receipt in its hand, because a Receipt is given
// only after the punch is on disk.
//
// Sizes are millimetres on the glass (mm in measure.go); the program that
// opens the window sets Fyne's scale so that one millimetre is five units.
// Each screen is built once and shown or hidden; nothing scrolls, nothing is
// cut off: text wraps, then shrinks, and long lists are paged.
//
// Texts: every one comes from the catalogue of a language, words/*.json. To add
// one, say a title: add the field Title to one of the word structs (words*.go; a
// new screen brings its own and embeds it in words), add the key "title" to all of
// words/*.json (a number in it: the forms of CLDR's plurals, as "queued" has them),
// set it in the screen's speak, or where the screen is opened: k.say.Title. The
// tests name what is missing, unused, wrongly filled in or still English.
//
// Colours: a screen names roles (palette.go) and never a colour: newPlate(face, …),
// style{ink: quiet}, inTint(), and for a whole screen inTint().ground(). What is
// made of plates, labels and pictures is painted anew by itself when the palette
// changes (dye.go); a test shows each screen in one theme after another. A new
// role needs a value in all three palettes and a line in TestPaletteContrast.
//
// Threads: everything in a Kiosk belongs to Fyne's one main goroutine. Work
// that may wait goes through Config.Background and comes back through
// Config.Do; in tests both are synchronous and the clock is a fake.
package ui
