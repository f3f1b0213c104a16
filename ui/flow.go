package ui

import (
	"context"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// ask runs work in the background and done on the main goroutine. Until then no
// touch counts, so a double tap makes no second request.
func (k *Kiosk) ask(work func(context.Context) error, done func(error)) {
	k.askWithin(requestLimit, work, done)
}

// askWithin is ask for work that may take longer.
func (k *Kiosk) askWithin(limit time.Duration, work func(context.Context) error, done func(error)) {
	k.busy = true
	k.cfg.Background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		err := work(ctx)
		k.cfg.Do(func() {
			k.busy = false
			done(err)
			k.gate.release()
			k.showCard()
			k.changed()
		})
	})
}

// findPeople fetches one page of people and shows it on s.
func (k *Kiosk) findPeople(s *peopleScreen, q local.PeopleQuery) {
	if k.state.Habits.HideRoster && strings.TrimSpace(q.Search) == "" { // there is no list to fetch
		s.fill(q, local.PeoplePage{})
		k.show(s)
		k.changed()
		return
	}
	s.wanted = nil
	var page local.PeoplePage
	k.ask(func(ctx context.Context) (err error) {
		page, err = k.cfg.Terminal.People(ctx, q)
		return err
	}, func(err error) {
		if err != nil {
			k.refuse(refusalOf(k, err, nil))
			return
		}
		s.fill(q, page)
		k.show(s)
		k.changed()
	})
}

// seekPeople searches while somebody types: all keys go on counting, and what was
// typed last is what is shown.
func (k *Kiosk) seekPeople(s *peopleScreen, q local.PeopleQuery) {
	if k.state.Habits.HideRoster && strings.TrimSpace(q.Search) == "" {
		k.findPeople(s, q)
		return
	}
	under := s.wanted != nil
	s.wanted = &q
	if under {
		return // the search under way will see it
	}
	k.cfg.Background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		page, err := k.cfg.Terminal.People(ctx, q)
		k.cfg.Do(func() { k.sought(s, q, page, err) })
	})
}

// sought shows what a search found, unless something else is wanted by now.
func (k *Kiosk) sought(s *peopleScreen, q local.PeopleQuery, page local.PeoplePage, err error) {
	newest := s.wanted
	s.wanted = nil
	switch {
	case newest == nil || k.current != s || !s.search:
		return
	case *newest != q:
		k.seekPeople(s, *newest)
	case err != nil:
		k.refuse(refusalOf(k, err, nil))
	default:
		s.fill(q, page)
		k.changed()
	}
}

// askWho is the tap on Idle: everybody who is listed, or the search for oneself
// where the list is hidden.
func (k *Kiosk) askWho() {
	k.people.seek(k.state.Habits.HideRoster)
	k.findPeople(k.people, k.people.first())
}

// chosen is the tap on a person's card.
func (k *Kiosk) chosen(p local.PersonCard) {
	if k.state.RequiresPIN {
		k.askPIN(p)
		return
	}
	k.identify(p, pin.PIN{})
}

func (k *Kiosk) askPIN(p local.PersonCard) {
	k.pin.open(p)
	k.show(k.pin)
}

// identify opens a session and shows what the person may do. Somebody who must
// use a PIN where others need none is asked for it.
func (k *Kiosk) identify(p local.PersonCard, secret pin.PIN) {
	var s local.Session
	k.ask(func(ctx context.Context) (err error) {
		s, err = k.cfg.Terminal.Identify(ctx, local.Attempt{Person: p.ID, PIN: secret})
		return err
	}, func(err error) {
		k.pin.clear()
		switch {
		case err == nil:
			k.session, k.note = s.ID, ""
			k.speakTo(s.Lang)
			k.welcome(s)
		case secret.IsZero() && problem.Is(err, problem.Unauthenticated):
			k.askPIN(p)
		default:
			k.refuse(refusalOf(k, err, func() { k.askPIN(p) }))
		}
	})
}

// punch records an action, on a project where one is named. The receipt screen is
// reached with a Receipt only.
func (k *Kiosk) punch(a attendance.Action, project string) {
	var r local.Receipt
	req := local.PunchRequest{Session: k.session, Action: a, Project: project, Note: k.note}
	k.ask(func(ctx context.Context) (err error) {
		r, err = k.cfg.Terminal.Punch(ctx, req)
		return err
	}, func(err error) {
		k.endSession()
		if err != nil {
			k.refuse(punchRefusal(k, err))
			return
		}
		k.receipt.open(r)
		k.show(k.receipt)
		k.changed()
	})
}

// endSession tells the service that the person has left. A session ends by
// itself after local.SessionMax, so a failure is only worth a line in the log.
func (k *Kiosk) endSession() {
	if k.session == "" {
		return
	}
	id := k.session
	k.session, k.note = "", ""
	k.cfg.Background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		if err := k.cfg.Terminal.End(ctx, id); err != nil {
			k.cfg.Logger.Warn("session_not_ended", "error", err)
		}
	})
}

func (k *Kiosk) refuse(r refusal) {
	k.refused.open(r)
	k.show(k.refused)
	k.play(SoundRefused)
	k.changed()
}
