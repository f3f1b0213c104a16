package main

import "time"

// called is what central wants to be seen on the touchscreen for a while. The face's
// lock guards it.
type called struct {
	notice   string // a text; "": none
	identify string // which wish to stand out; "": none
	texts    uint64 // how many texts came so far
}

// Notice shows a text for a while, in place of the one before; "" takes that off.
func (f *face) Notice(text string, within time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notice = text
	f.texts++
	f.turn()
	if text == "" {
		return
	}
	mine := f.texts
	time.AfterFunc(within, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.texts == mine {
			f.notice = ""
			f.turn()
		}
	})
}

// StandOut makes the touchscreen stand out for a while. Wish is one that was not used
// before.
func (f *face) StandOut(wish string, within time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.identify = wish
	f.turn()
	time.AfterFunc(within, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.identify == wish {
			f.identify = ""
			f.turn()
		}
	})
}
