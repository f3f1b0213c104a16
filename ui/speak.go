package ui

// own gives the words while nobody is identified: the kiosk's, or else this
// screen's.
func (k *Kiosk) own() *words { return k.cfg.Languages.first(k.state.Lang, k.cfg.Lang) }

// speakTo changes to the language of somebody who has been identified, until home.
func (k *Kiosk) speakTo(lang string) {
	k.speak(k.cfg.Languages.first(lang, k.state.Lang, k.cfg.Lang))
}

// speak changes the language of all screens.
func (k *Kiosk) speak(w *words) {
	if k.say == w {
		return
	}
	k.say = w
	for _, s := range k.screens {
		s.speak(w)
	}
}
