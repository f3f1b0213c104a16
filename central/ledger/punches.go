package ledger

import (
	"context"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// Punches is the log with the punches that were made of it. ProjectedUpTo gives the
// last record of which one has been made.
type Punches interface {
	ProjectedUpTo(ctx context.Context) (int64, error)
	ToldAfter(ctx context.Context, after, upto int64, limit int) ([]centraldb.Told, error)
	OrphanPunches(ctx context.Context, limit int) ([]centraldb.Projected, error)
}

// comparePunches holds every punch to its record, and every record to its punch.
func comparePunches(ctx context.Context, s Punches, upto int64, r *Report, p *progress) error {
	for after := int64(0); ; {
		rows, err := s.ToldAfter(ctx, after, upto, page)
		if err != nil {
			return err
		}
		for i := range rows {
			compare(&rows[i], r)
		}
		p.add(len(rows))
		if len(rows) < page {
			break
		}
		after = rows[len(rows)-1].ID
	}
	orphans, err := s.OrphanPunches(ctx, page)
	for _, o := range orphans {
		r.add(o.Punch.Kiosk, o.Journal, o.Seq, NoRecord, "")
	}
	return err
}

// compare holds one record and its punch to each other. A body that can't be read is
// no punch; that its bytes hold is the chain's to say.
func compare(t *centraldb.Told, r *Report) {
	b, err := record.Decode(t.Body)
	want, is := b.Punch(t.Kiosk)
	is = is && err == nil
	switch {
	case is && t.Punch == nil:
		r.add(t.Kiosk, t.Journal, t.Seq, NoPunch, "")
	case !is && t.Punch != nil:
		r.add(t.Kiosk, t.Journal, t.Seq, NoRecord, "")
	case is:
		r.Punches++
		if d := differences(t, want, b.Stamp.Zone); len(d) > 0 {
			r.add(t.Kiosk, t.Journal, t.Seq, OtherPunch, ": "+strings.Join(d, ", "))
		}
	}
}

// differences names what a punch says otherwise than its record.
func differences(t *centraldb.Told, want attendance.Punch, zone string) []string {
	got, u := t.Punch, t.Punch.Punch
	var out []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"its place", u.Kiosk == t.Kiosk && got.Journal == t.Journal && got.Seq == t.Seq},
		{"person", u.Person == want.Person},
		{"action", u.Action == want.Action},
		{"time", u.At.Equal(want.At)},
		{"time zone", got.Zone == zone},
		{"project", u.Project == want.Project},
		{"note", u.Note == want.Note},
		{"how they proved who they are", u.Auth == want.Auth},
	} {
		if !f.same {
			out = append(out, f.name)
		}
	}
	return out
}
