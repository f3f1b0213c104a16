package ui

import (
	"fmt"
	"time"

	"github.com/timepost/timepost/device/local"
)

// careWords are what somebody reads who looks after the clock.
type careWords struct {
	Maintenance, CareWho, CareNobody      string
	CareState, CareActions                string
	Network, NoNetwork                    string
	ServerState, LinkState, Reached       string
	LastHeard, NeverHeard, DismissedBy    string
	ToSend, ToSendSince                   string
	RosterState, RosterAt, RosterNone     string
	ClockState, ClockGood, ClockAway      string
	KeysState, KeysFile                   string
	Certificate, ValidUntil, ValidNoMore  string
	Space, SpaceFree                      string
	Software, RunsSince                   string
	ReadersState, ReadersNone, ReaderAway string
	ThisClock                             string
	SyncNow, SyncSub, Syncing             string
	Synced, SyncedPart, SyncFailed        string
	RollCall, RollCallSub                 string
	RollCallCount, RollCallNobody         string
	RollCallPrint                         string
	ScreenTest, ScreenTestSub             string
	ScreenTouch, ScreenGood               string
	LearnReader, LearnSub, Learning       string
	Learnt, LearnNone, LearnNoDevice      string
	Restart, RestartSub, RestartAsk       string
	RestartHint, RestartFailed            string
}

// health is how a fact looks.
type health int

const (
	healthGood health = iota
	healthDoubt
	healthBad
	healthPlain
)

// fact is one line of what there is to know of the clock.
type fact struct {
	title, value string
	health       health
}

// Limits from which on a fact is doubtful, and bad.
const (
	certSoon   = 30 * 24 * time.Hour
	spaceSmall = 1 << 30
	spaceGone  = 100 << 20
	clockApart = 5 * time.Second
)

// facts gives all there is to know, the most wanted first.
func (w *words) facts(c local.Condition, now time.Time, zone *time.Location) []fact {
	at := func(ms int64) string { return w.moment(time.UnixMilli(ms).In(zone), now.In(zone)) }
	return []fact{
		w.linkFact(c, at), w.sendFact(c, at), w.networkFact(c),
		{w.ServerState, c.Server, healthPlain},
		w.rosterFact(c, at), w.clockFact(c),
		w.certFact(c, now), w.spaceFact(c), w.readerFact(c),
		{w.KeysState, w.KeysFile, healthPlain},
		{w.Software, c.Software + ", " + fill(w.RunsSince, "time", at(c.Started)), healthPlain},
		{w.ThisClock, c.KioskName + " \u00b7 " + c.KioskID, healthPlain},
	}
}

// moment is a time of today, or a date and a time.
func (w *words) moment(t, now time.Time) string {
	y, m, d := t.Date()
	if ny, nm, nd := now.Date(); y == ny && m == nm && d == nd {
		return w.clock(t)
	}
	return w.day(t) + " " + w.clock(t)
}

func (w *words) linkFact(c local.Condition, at func(int64) string) fact {
	switch {
	case c.Dismissed:
		return fact{w.LinkState, w.DismissedBy, healthBad}
	case c.Connected:
		return fact{w.LinkState, w.Reached, healthGood}
	case c.LastContact == 0:
		return fact{w.LinkState, w.NeverHeard, healthDoubt}
	}
	return fact{w.LinkState, fill(w.LastHeard, "time", at(c.LastContact)), healthDoubt}
}

func (w *words) sendFact(c local.Condition, at func(int64) string) fact {
	if c.Queue == 0 {
		return fact{w.ToSend, w.Stored, healthGood}
	}
	return fact{w.ToSend, fill(w.ToSendSince, "n", fmt.Sprint(c.Queue), "time", at(c.Oldest)), healthDoubt}
}

func (w *words) networkFact(c local.Condition) fact {
	if len(c.Addresses) == 0 {
		return fact{w.Network, w.NoNetwork, healthBad}
	}
	value := c.Addresses[0] // a machine may have dozens
	if more := len(c.Addresses) - 1; more > 0 {
		value += fmt.Sprintf(" (+%d)", more)
	}
	return fact{w.Network, value, healthGood}
}

func (w *words) rosterFact(c local.Condition, at func(int64) string) fact {
	if c.RosterVer == 0 || c.Fetched == 0 {
		return fact{w.RosterState, w.RosterNone, healthDoubt}
	}
	return fact{w.RosterState, fill(w.RosterAt, "people", w.people(c.People), "n", fmt.Sprint(c.RosterVer), "time", at(c.Fetched)), healthGood}
}

func (w *words) clockFact(c local.Condition) fact {
	away := time.Duration(c.Offset) * time.Millisecond
	switch {
	case away.Abs() >= clockApart:
		return fact{w.ClockState, fill(w.ClockAway, "length", w.apart(away.Abs())), healthBad}
	case !c.ClockOK:
		return fact{w.ClockState, w.ClockDoubt, healthDoubt}
	}
	return fact{w.ClockState, w.ClockGood, healthGood}
}

// apart is a stretch of time, in seconds where there is no whole minute.
func (w *words) apart(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d\u00a0s", d/time.Second)
	}
	return w.length(d)
}

func (w *words) certFact(c local.Condition, now time.Time) fact {
	end := time.UnixMilli(c.Cert)
	f := fact{w.Certificate, fill(w.ValidUntil, "date", end.Format(time.DateOnly)), healthGood}
	switch left := end.Sub(now); {
	case left <= 0:
		f.value, f.health = fill(w.ValidNoMore, "date", end.Format(time.DateOnly)), healthBad
	case left < certSoon:
		f.health = healthDoubt
	}
	return f
}

func (w *words) spaceFact(c local.Condition) fact {
	f := fact{w.Space, fill(w.SpaceFree, "size", inBytes(c.DiskFree)), healthGood}
	switch {
	case c.DiskFree < spaceGone:
		f.health = healthBad
	case c.DiskFree < spaceSmall:
		f.health = healthDoubt
	}
	return f
}

// inBytes is a number of bytes as people read it.
func inBytes(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}

// readerFact names one reader, one that is missing before all others.
func (w *words) readerFact(c local.Condition) fact {
	f := fact{w.ReadersState, w.ReadersNone, healthPlain}
	for _, r := range c.Readers {
		name := r.Name
		if name == "" {
			name = r.ID
		}
		switch {
		case !r.Attached && f.health != healthDoubt:
			f.value, f.health = fill(w.ReaderAway, "name", name), healthDoubt
		case f.health == healthPlain:
			f.value, f.health = name, healthGood
		}
	}
	if more := len(c.Readers) - 1; more > 0 {
		f.value += fmt.Sprintf(" (+%d)", more)
	}
	return f
}
