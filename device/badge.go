package device

import (
	"context"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

const (
	badgeShown  = 10 * time.Second // so long State has what came of a card
	badgeAwaits = 20 * time.Second // so long the PIN that goes with a card may come
	badgeHeld   = 3 * time.Second  // a card that is read again within is being held, not shown again
)

// Badges finds whom a card belongs to. It fails with problem.NotFound for a card
// of nobody who is listed here, and with problem.Conflict where two have it.
type Badges interface {
	ByBadge(ctx context.Context, card badge.Canonical) (wire.PersonRow, error)
}

// badgeDesk is what the Terminal remembers of cards. The Terminal's mu guards it.
type badgeDesk struct {
	serial uint64
	last   local.BadgeRead
	at     time.Duration // CLOCK_BOOTTIME of last

	card badge.Canonical // the one that was read last
	seen time.Duration   // and when it was seen last

	person string        // whose PIN is awaited
	asked  time.Duration // since
}

// Badge takes a card that was held to a reader, and gives what came of it; State
// has it for a few seconds, too. As the kiosk's policy wants, the card punches what
// is likeliest, or says who stands here, and Identify of that person then knows
// of the card. Owners and admins always need their PIN, and so does somebody whose
// shift looks like a forgotten clock-out. A card that belongs to nobody gets a short code,
// by which it can be given to somebody. Cards are taken one after the other; one
// that a person goes on holding to the reader counts once.
func (t *Terminal) Badge(ctx context.Context, read string, how badge.Transform) local.BadgeRead {
	t.badging.Lock()
	defer t.badging.Unlock()
	card, err := badge.Parse(read, how)
	if err == nil && t.held(card, instantOf(t.c.Clocks("")).boot) {
		return t.lastBadge()
	}
	var out local.BadgeRead
	if err == nil {
		out, err = t.byBadge(ctx, card)
	}
	if err != nil {
		t.log.Info("badge refused", "code", string(problem.CodeOf(err)), "err", err)
		d := problem.DetailsOf(err)
		out = local.BadgeRead{Refused: &d}
	}
	return t.showBadge(out)
}

// held says whether a card is only held longer, and notes that it was seen.
func (t *Terminal) held(card badge.Canonical, now time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	again := t.badge.card == card && now-t.badge.seen < badgeHeld
	t.badge.card, t.badge.seen = card, now
	return again
}

func (t *Terminal) lastBadge() local.BadgeRead {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.badge.last
}

// showBadge puts what came of a card into the State.
func (t *Terminal) showBadge(out local.BadgeRead) local.BadgeRead {
	stamp := t.c.Clocks("")
	t.mu.Lock()
	if t.badge.serial == 0 { // after a restart the screen must not take a new card for an old one
		t.badge.serial = uint64(max(0, stamp.Time().UnixMilli()))
	}
	t.badge.serial++
	out.Serial = t.badge.serial
	t.badge.last, t.badge.at = out, instantOf(stamp).boot
	t.mu.Unlock()
	t.poke()
	return out
}

// shown gives what State has of the last card. The Terminal's mu is held.
func (b *badgeDesk) shown(now time.Duration) *local.BadgeRead {
	if b.last.Serial == 0 || now-b.at >= badgeShown {
		return nil
	}
	last := b.last
	return &last
}

// byBadge does what the policy wants of a card.
func (t *Terminal) byBadge(ctx context.Context, card badge.Canonical) (local.BadgeRead, error) {
	settings, err := t.settings(ctx)
	if err != nil {
		return local.BadgeRead{}, err
	}
	person, err := t.ofBadge(ctx, card)
	if problem.Is(err, problem.NotFound) {
		code, err := t.unknownBadge(ctx, card)
		return local.BadgeRead{Code: code}, err
	}
	if err != nil {
		return local.BadgeRead{}, err
	}
	policy := settings.Habits.Badges
	if policy == wire.BadgeOff {
		return local.BadgeRead{}, problem.New(problem.Forbidden, "Badges are not used at this kiosk.", "Touch your name.")
	}
	if err := t.endAll(ctx); err != nil { // whoever was here before has left
		return local.BadgeRead{}, err
	}
	if settings.RequiresPIN && (policy != wire.BadgeOnly || person.Role.Privileged()) {
		return t.awaitPIN(ctx, person, t.c.Clocks(settings.Zone))
	}
	return t.punchByBadge(ctx, person, t.c.Clocks(settings.Zone))
}

func (t *Terminal) ofBadge(ctx context.Context, card badge.Canonical) (wire.PersonRow, error) {
	if t.c.Badges == nil {
		return wire.PersonRow{}, problem.New(problem.NotFound, "This card belongs to nobody.", "")
	}
	return t.c.Badges.ByBadge(ctx, card)
}

// awaitPIN notes whose card it was: Identify of the same person takes it into account.
func (t *Terminal) awaitPIN(ctx context.Context, person wire.PersonRow, stamp attendance.Stamp) (local.BadgeRead, error) {
	p, err := t.presence(ctx, person.ID)
	if err != nil {
		return local.BadgeRead{}, err
	}
	t.mu.Lock()
	t.badge.person, t.badge.asked = person.ID, instantOf(stamp).boot
	t.mu.Unlock()
	c := card(person.ID, person.Name, person.Team, p.Presence)
	return local.BadgeRead{Person: &c}, nil
}

// withBadge gives how somebody is identified who has shown their card a moment
// ago. A card goes with one identification.
func (t *Terminal) withBadge(person string, auth attendance.Auth, now time.Duration) attendance.Auth {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.badge.person != person || now-t.badge.asked >= badgeAwaits {
		return auth
	}
	switch auth {
	case attendance.AuthPersonal:
		auth = attendance.AuthBadgePIN
	case attendance.AuthNone:
		auth = attendance.AuthBadge
	default: // with the Universal PIN it was somebody else who said who this is
		return auth
	}
	t.badge.person = ""
	return auth
}

// punchByBadge records the likeliest action in a session of its own.
func (t *Terminal) punchByBadge(ctx context.Context, person wire.PersonRow, stamp attendance.Stamp) (local.BadgeRead, error) {
	now := instantOf(stamp).boot
	s := &session{person: person, auth: attendance.AuthBadge, began: now, used: now}
	view, err := t.view(ctx, s, stamp)
	if err != nil {
		return local.BadgeRead{}, err
	}
	if view.Double != nil {
		return local.BadgeRead{}, doubled(person, view.Double)
	}
	if view.Forgotten != 0 {
		return t.awaitPIN(ctx, person, stamp) // it has to be asked about
	}
	if err := t.open(ctx, s); err != nil {
		return local.BadgeRead{}, err
	}
	r, err := t.Punch(ctx, local.PunchRequest{Session: s.id, Action: view.Actions[0]})
	if err != nil {
		t.drop(s)
		return local.BadgeRead{}, err
	}
	return local.BadgeRead{Receipt: &r}, nil
}

// doubled says that a punch was recorded moments ago: its detail has person (the
// name), action, at_ms, and the ticket that takes it back.
func doubled(person wire.PersonRow, d *local.Double) error {
	return problem.New(problem.Conflict, "This is recorded already.", "Hold the card to the reader again in a minute.").
		With("person", person.Name).With("action", string(d.Action)).With("at_ms", d.At).With("ticket", d.Ticket)
}
