package times

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// slack is by how much a kiosk's own time may lie outside what is known before the punch
// is put right: nobody is paid by the second, and a correction wants a reason.
const slack = time.Second

// apply puts a punch right whose kiosk had a wrong clock, and back where that turns out
// otherwise.
func (s *step) apply(ctx context.Context, tx *centraldb.Tx, p centraldb.PunchTime) error {
	if p.Interval.Quality != clocktrust.IsExact || p.ConfirmedAt != 0 {
		return nil
	}
	held, err := tx.Held(ctx, p.Punch)
	if problem.Is(err, problem.NotFound) {
		return nil // it was no punch that counts
	}
	if err != nil || held.ID != 0 && held.MadeBy != centraldb.ByClock {
		return err
	}
	want := meant(held.RawAt, p.Interval)
	if distance(want, held.At) <= int64(slack) {
		return nil
	}
	if sealed, err := s.sealed(ctx, tx, held.At, want); sealed || err != nil {
		return err
	}
	row := held.Correction
	row.Kind, row.At, row.MadeAt, row.MadeBy, row.Reason = centraldb.FixCorrect, want, s.t.Now().UnixNano(), centraldb.ByClock, reason(held.RawAt, want, p.Interval)
	if _, err := tx.AddCorrection(ctx, row); err != nil {
		return err
	}
	if err := tx.SettlePresence(ctx, row.Person); err != nil {
		return err
	}
	s.moved[row.Person] = true
	return s.t.Audit.Record(ctx, tx, centraldb.ByClock, "punch.correct", fmt.Sprint(row.Entry), map[string]any{
		"person": row.Person, "kiosk": row.Kiosk, "action": row.Action, "at": time.Unix(0, row.At).UTC().Format(time.RFC3339), "reason": row.Reason,
	})
}

// meant gives when a punch is to count: when its kiosk said, if that can be true.
func meant(raw int64, i clocktrust.Interval) int64 {
	if raw >= i.Lo-int64(slack) && raw <= i.Hi+int64(slack) {
		return raw
	}
	return i.Lo + (i.Hi-i.Lo)/2
}

func distance(a, b int64) int64 {
	if a < b {
		a, b = b, a
	}
	return a - b
}

// reason says what was wrong.
func reason(raw, want int64, i clocktrust.Interval) string {
	_, half, _ := i.Time()
	if raw == want {
		return "The kiosk's clock was right after all."
	}
	off, way := time.Duration(raw-want), "ahead"
	if off < 0 {
		off, way = -off, "behind"
	}
	return fmt.Sprintf("The kiosk's clock was %s %s; this time is right to %s.", span(off), way, span(max(half, time.Second)))
}

// span gives a length in words, the larger the rougher.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Round(time.Hour)/time.Hour))
	}
	return fmt.Sprintf("%d days", int(d.Round(24*time.Hour)/(24*time.Hour)))
}

// sealed says whether a day is sealed in which one of the instants lies.
func (s *step) sealed(ctx context.Context, tx *centraldb.Tx, instants ...int64) (bool, error) {
	set, err := tx.Settings(ctx)
	if err != nil || set.SealedUntil == "" {
		return false, err
	}
	name, err := tx.Meta(ctx, "zone")
	if err != nil {
		return false, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	for _, at := range instants {
		if time.Unix(0, at).In(zone).Format(time.DateOnly) <= set.SealedUntil {
			return true, nil
		}
	}
	return false, nil
}
