package ingest

import (
	"context"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Summaries is what people's own hours are made of at kiosks.
//
// LatestPunches gives a person's last punches as corrected, in order. PunchedSince
// gives who on a kiosk's roster has punched anywhere since an instant.
type Summaries interface {
	LatestPunches(ctx context.Context, person string, most int) ([]wire.SummaryPunch, error)
	PunchedSince(ctx context.Context, kiosk string, since int64) ([]string, error)
	Kiosk(ctx context.Context, id string) (centraldb.Kiosk, error)
}

const (
	summaryLast = 10          // punches that somebody sees at least
	summaryPage = 60          // people whom one message holds at first
	summaryLife = time.Minute // how long what was read for one kiosk does for the others
	summaryMost = 2000        // people remembered
)

// summaries gives kiosks people's own punches, with presence. Many kiosks want the
// same people at once, after a punch and after a start: what was read for one does
// for the others for a moment. A person who has changed is read anew.
type summaries struct {
	db Summaries

	mu    sync.Mutex
	known map[string]latest
	turns uint64 // how often somebody was forgotten
}

type latest struct {
	punches []wire.SummaryPunch
	at      time.Time
}

// forget drops what was read about people who have changed.
func (s *summaries) forget(people []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns++
	for _, id := range people {
		delete(s.known, id)
	}
}

// rows gives the summaries of people for a kiosk in a zone.
func (s *summaries) rows(ctx context.Context, people []string, zone *time.Location, now time.Time) ([]wire.SummaryRow, error) {
	monday := mondayOf(now, zone).UnixNano()
	out := make([]wire.SummaryRow, 0, len(people))
	for _, id := range people {
		punches, err := s.punches(ctx, id, now)
		if err != nil {
			return nil, err
		}
		out = append(out, summaryOf(id, punches, monday))
	}
	return out, nil
}

func (s *summaries) punches(ctx context.Context, person string, now time.Time) ([]wire.SummaryPunch, error) {
	s.mu.Lock()
	l, ok := s.known[person]
	turns := s.turns
	s.mu.Unlock()
	if age := now.Sub(l.at); ok && age >= 0 && age < summaryLife {
		return l.punches, nil
	}
	punches, err := s.db.LatestPunches(ctx, person, wire.MaxSummary)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns == turns { // else it may be older than what was forgotten meanwhile
		if len(s.known) >= summaryMost {
			clear(s.known)
		}
		s.known[person] = latest{punches, now}
	}
	return punches, nil
}

// summaryOf takes the week's punches, and the last few where there are fewer. A row
// says from when on it is whole.
func summaryOf(person string, punches []wire.SummaryPunch, monday int64) wire.SummaryRow {
	first := 0
	for first < len(punches) && punches[first].At < monday && len(punches)-first > summaryLast {
		first++
	}
	row := wire.SummaryRow{Person: person, From: monday, Punches: punches[first:]}
	if len(row.Punches) > 0 && (row.Punches[0].At < monday || len(row.Punches) == wire.MaxSummary) {
		row.From = row.Punches[0].At // the older ones, if there are any, are not in it
	}
	return row
}

// mondayOf gives the beginning of the week in a zone.
func mondayOf(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	back := (int(now.In(zone).Weekday()) + 6) % 7
	return attendance.DayStart(y, m, d-back, zone)
}

// summarise sends a kiosk the own punches of people who have changed, or, with all,
// of everybody on its roster who has punched in this week or the last. head says up
// to where the kiosk's own records are in them.
func (p *Presence) summarise(ctx context.Context, d duty, head wire.PresencePage, now time.Time) error {
	if p.summaries == nil {
		return nil
	}
	k, err := p.summaries.db.Kiosk(ctx, d.kiosk)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(k.Zone)
	if err != nil {
		zone = time.UTC // a zone that this machine does not know: the week begins a little sooner or later
	}
	people := d.people
	if d.all {
		people, err = p.summaries.db.PunchedSince(ctx, d.kiosk, mondayOf(now, zone).AddDate(0, 0, -7).UnixNano())
		if err != nil {
			return err
		}
	}
	for len(people) > 0 {
		n := min(len(people), summaryPage)
		page, err := p.summaryAsOf(ctx, d.kiosk, people[:n], zone, head, now)
		if err != nil {
			return err
		}
		if err := p.pushSummary(ctx, d.kiosk, page); err != nil {
			return err
		}
		people = people[n:]
	}
	return nil
}

// summaryAsOf gives one page. The kiosk puts what it has recorded after AsOf on top,
// so a record that is counted while the rows are read would be in them twice: then
// they are read again. One that slips through comes right with the push after it.
func (p *Presence) summaryAsOf(ctx context.Context, kiosk string, people []string, zone *time.Location, head wire.PresencePage, now time.Time) (wire.SummaryPage, error) {
	page := wire.SummaryPage{Gen: head.Gen, Journal: head.Journal, AsOf: head.AsOf}
	for range attempts {
		var err error
		if page.Rows, err = p.summaries.rows(ctx, people, zone, now); err != nil {
			return page, err
		}
		journal, seq, err := p.db.Counted(ctx, kiosk)
		if err != nil || journal == page.Journal && seq == page.AsOf {
			return page, err
		}
		page.Journal, page.AsOf = journal, seq
		p.summaries.forget(people)
	}
	return page, nil
}

// pushSummary sends one page, in halves where it does not fit.
func (p *Presence) pushSummary(ctx context.Context, kiosk string, page wire.SummaryPage) error {
	t := wire.Topic{Org: p.org, Kiosk: kiosk, Channel: wire.DownPush}
	m, err := p.signer.Seal(t, wire.TypeSummary, p.newID(), "", page)
	if wire.IsTooLarge(err) && len(page.Rows) > 1 {
		half := page
		half.Rows = page.Rows[:len(page.Rows)/2]
		if err := p.pushSummary(ctx, kiosk, half); err != nil {
			return err
		}
		half.Rows = page.Rows[len(page.Rows)/2:]
		return p.pushSummary(ctx, kiosk, half)
	}
	if err != nil {
		return err
	}
	return p.publisher.Publish(ctx, m)
}
