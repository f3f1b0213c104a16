package ui

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

// gibberish is a language in which every letter is ж: whatever else is on a
// screen does not come from the words.
func gibberish(t *testing.T) (*Languages, *words) {
	t.Helper()
	l := spoken(t)
	var garble func(any) any
	garble = func(v any) any {
		switch v := v.(type) {
		case string:
			inside := false
			return strings.Map(func(r rune) rune {
				inside = (inside || r == '{') && r != '}'
				if !inside && unicode.IsLetter(r) {
					return 'ж'
				}
				return r
			}, v)
		case []any:
			for i := range v {
				v[i] = garble(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = garble(v[k])
			}
		}
		return v
	}
	b, err := json.Marshal(garble(catalogue(t, fallback)))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.add("mn", b); err != nil {
		t.Fatal(err)
	}
	return l, l.all["mn"]
}

// foreign lists what the visible screen says in letters that are not gibberish,
// apart from names and what is typed.
func (b *bench) foreign() []string {
	data := []string{"Alder & Finch", "Front door", "clock.alderfinch.example", "clock.example.com", "K7Q2M-4XT9D", "Bad"}
	for _, p := range b.s.people {
		data = append(data, p.Name, attendance.Initials(p.Name))
	}
	for _, p := range projects() {
		data = append(data, p.Name)
	}
	for _, m := range bulletins() {
		data = append(data, m.Text)
	}
	data = append(data, noticeTexts()...)
	data = append(data, "Back door", "Your clock-out on 11 May at 17:30 was added.")
	data = append(data, careData()...)
	data = append(data, modeTeams()...)
	for _, n := range inReach() {
		data = append(data, n.SSID)
	}
	data = append(data, "brotBROT", "ABC") // a password, and its keys
	data = append(data, checkShown, cardFile)
	data = append(data, "zoe", "Zoe")
	for _, k := range b.k.people.finder.ranges {
		data = append(data, k.word.text)
	}
	var out []string
	for _, text := range b.labels() {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' || r == ',' || r == '.' }) {
			strange := strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) && r != 'ж' })
			known := slices.ContainsFunc(data, func(s string) bool { return strings.Contains(s, word) })
			if strange && !known && len([]rune(word)) > 1 && word != "abc" {
				out = append(out, text)
			}
		}
	}
	return out
}

// become takes the screens back to where nobody is, in another language.
func (b *bench) become(tag string) {
	b.t.Helper()
	b.held = false
	b.run()
	b.k.enrol.turn(enrolTyping)
	b.k.cfg.Lang = tag
	b.k.home()
}

// TestEveryScreenChangesItsLanguage shows each screen in English, changes the
// language, and shows it again: nothing of the former language may be left, and
// nothing that does not come from the words at all.
func TestEveryScreenChangesItsLanguage(t *testing.T) {
	l, _ := gibberish(t)
	for _, sc := range scenes() {
		b := newBenchIn(t, glasses()[2], l, "")
		sc.set(b)
		if len(b.foreign()) == 0 && b.k.current != b.k.asleep && b.k.current != b.k.test {
			t.Errorf("%s: the test does not see English", sc.name)
		}
		b.become("mn")
		sc.set(b)
		if left := b.foreign(); len(left) > 0 {
			t.Errorf("%s still says %q", sc.name, left)
		}
	}
}

// Who is identified reads on in their own language; the next person does not.
func TestTheScreenSpeaksThePersonsLanguage(t *testing.T) {
	l, _ := gibberish(t)
	b := newBenchIn(t, glasses()[0], l, "de")
	b.s.identify = func(local.Attempt) (local.Session, error) {
		s := session(b.s.people[0], 0)
		s.Lang = "mn-MN"
		return s, nil
	}
	b.s.punch = func(r local.PunchRequest) (local.Receipt, error) {
		return local.Receipt{Person: "Aaliyah Okafor", Action: r.Action, At: b.now.UnixMilli()}, nil
	}
	b.k.Update(ready())
	b.says("Kommen")
	b.tap("start", "person_pa0")
	b.on("pin")
	b.says("PIN eingeben")
	b.tap("digit_4", "digit_1", "digit_9", "digit_0")
	b.on("choose")
	if left := b.foreign(); len(left) > 0 {
		t.Errorf("the choice says %q", left)
	}
	b.k.Update(ready()) // the kiosk's state changes nothing of that
	b.tap("in")
	b.on("receipt")
	if left := b.foreign(); len(left) > 0 {
		t.Errorf("the receipt says %q", left)
	}
	b.pass(receiptLimit + tickEvery)
	b.on("idle")
	b.says("Kommen")
	french := ready()
	french.Lang = "mn"
	b.k.Update(french)
	if left := b.foreign(); len(left) > 0 {
		t.Errorf("idle says %q after the kiosk's language has changed", left)
	}
}

// A refusal after the identification is in the person's language, too.
func TestARefusalIsInThePersonsLanguage(t *testing.T) {
	l, _ := gibberish(t)
	b := newBenchIn(t, glasses()[0], l, "")
	b.toPIN(0)
	b.s.identify = func(local.Attempt) (local.Session, error) {
		s := session(b.s.people[0], 0)
		s.Lang = "mn"
		return s, nil
	}
	b.s.punch = func(local.PunchRequest) (local.Receipt, error) { return local.Receipt{}, wrongPIN(0) }
	b.tap("digit_4", "digit_1", "digit_9", "digit_0", "in")
	b.on("refused")
	if left := b.foreign(); len(left) > 0 {
		t.Errorf("it says %q", left)
	}
}

// A receipt brings its person's language along: a card leads to it without a
// session.
func TestAReceiptBringsItsLanguage(t *testing.T) {
	l, _ := gibberish(t)
	b := newBenchIn(t, glasses()[0], l, "")
	b.k.Update(ready())
	b.k.receipt.open(local.Receipt{Person: "Aaliyah Okafor", Action: attendance.In, At: b.now.UnixMilli(), Lang: "mn"})
	b.k.show(b.k.receipt)
	if left := b.foreign(); len(left) > 0 {
		t.Errorf("it says %q", left)
	}
	b.pass(receiptLimit + tickEvery)
	b.says("Clock in or")
}
