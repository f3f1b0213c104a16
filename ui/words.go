package ui

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// words is every text of the screens in one language, as its catalogue in words/
// has it: the field Start is the key "start" there. Another language is another
// value. What is between braces is filled in.
type words struct {
	tag language.Tag
	formatWords
	commonWords
	idleWords
	peopleWords
	pinWords
	reasonWords
	actionWords
	receiptWords
	teamWords
	refusalWords
	enrolWords
	chooseWords
	doubtWords
	hoursWords
	missedWords
	messageWords
	careWords
	wifiWords
}

// counted is a text with a number in it: one text for each form that the language
// has for numbers (CLDR's cardinal plurals).
type counted struct{ One, Few, Many, Other string }

// formatWords is how times and dates are written.
type formatWords struct {
	Clock           string // a layout of package time
	Date, DateFirst string // DateFirst: of the first of a month
	Minutes, Hours  string
	Weekdays        [7]string // as they begin a line
	Months          [12]string
}

// commonWords is what several screens say.
type commonWords struct {
	Back, Cancel, Again, StartOver, OK, Clear string
	Closing, Page                             string
	People                                    counted
}

// count gives the form of text for n.
func (w *words) count(text counted, n int64) string {
	form := text.Other
	switch plural.Cardinal.MatchPlural(w.tag, int(n), 0, 0, 0, 0) {
	case plural.One:
		form = text.One
	case plural.Few:
		form = text.Few
	case plural.Many:
		form = text.Many
	}
	return fill(form, "n", fmt.Sprint(n))
}

// fill replaces each {name} by its value.
func fill(text string, names ...string) string {
	for i := 0; i+1 < len(names); i += 2 {
		names[i] = "{" + names[i] + "}"
	}
	return strings.NewReplacer(names...).Replace(text)
}

// clock is a time of day.
func (w *words) clock(t time.Time) string { return t.Format(w.Clock) }

// widestClock is as wide as a time of day can be: large clocks do not jump.
func (w *words) widestClock() string {
	return w.clock(time.Date(2000, 1, 1, 22, 0, 0, 0, time.UTC))
}

func (w *words) weekday(t time.Time) string { return w.Weekdays[t.Weekday()] }

func (w *words) day(t time.Time) string {
	form := w.Date
	if t.Day() == 1 {
		form = w.DateFirst
	}
	return fill(form, "day", fmt.Sprint(t.Day()), "month", w.Months[t.Month()-1])
}

// longestDay is as wide as a date can be.
func (w *words) longestDay() string {
	month := ""
	for _, m := range w.Months {
		if len([]rune(m)) > len([]rune(month)) {
			month = m
		}
	}
	return fill(w.Date, "day", "22", "month", month)
}

// length is a stretch of time as a person says it: no seconds, no line break.
func (w *words) length(d time.Duration) string {
	m := int(d / time.Minute)
	text := fill(w.Minutes, "m", fmt.Sprint(m))
	if m >= 60 {
		text = fill(w.Hours, "h", fmt.Sprint(m/60), "m", fmt.Sprintf("%02d", m%60))
	}
	return strings.ReplaceAll(text, " ", "\u00a0")
}

func (w *words) closing(seconds int) string { return fill(w.Closing, "n", fmt.Sprint(seconds)) }

func (w *words) page(n, of int) string {
	return fill(w.Page, "n", fmt.Sprint(n), "of", fmt.Sprint(of))
}

// people counts people.
func (w *words) people(n int) string { return w.count(w.People, int64(n)) }
