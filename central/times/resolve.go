package times

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/timepost/timepost/attendance/clocktrust"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// near is how far from a punch anchors of its own boot are of use, in nanoseconds: what
// is further away adds 14 s of doubt.
const near = int64(26 * time.Hour)

// resolve works out times of a kiosk: of what is new, and where evidence came, of what
// it may change.
func (s *step) resolve(ctx context.Context, tx *centraldb.Tx, kiosk string) error {
	todo, err := s.todo(ctx, tx, kiosk)
	if err != nil || len(todo) == 0 {
		return err
	}
	boots, err := tx.Boots(ctx, kiosk)
	if err != nil {
		return err
	}
	links, err := tx.JournalLinks(ctx, kiosk)
	if err != nil {
		return err
	}
	for _, machine := range machines(boots, links) {
		if err := s.machine(ctx, tx, machine, todo); err != nil {
			return err
		}
	}
	return nil
}

// todo gives the punches to look at, by boot.
func (s *step) todo(ctx context.Context, tx *centraldb.Tx, kiosk string) (map[int64][]centraldb.PunchTime, error) {
	all, err := tx.NewTimes(ctx, kiosk)
	if err != nil {
		return nil, err
	}
	if fresh := s.boots[kiosk]; len(fresh) > 0 {
		loose, err := tx.LooseTimes(ctx, kiosk)
		if err != nil {
			return nil, err
		}
		all = append(all, loose...)
		for boot, at := range fresh {
			got, err := tx.NearTimes(ctx, boot, at-near)
			if err != nil {
				return nil, err
			}
			all = append(all, got...)
		}
	}
	out, seen := map[int64][]centraldb.PunchTime{}, map[int64]bool{}
	for _, p := range all {
		if !seen[p.Punch] {
			seen[p.Punch] = true
			out[p.Boot] = append(out[p.Boot], p)
		}
	}
	return out, nil
}

// machines gives the boots of each machine that was this kiosk, in their order: that of
// their journals and records, never of a clock.
func machines(boots []centraldb.Boot, links map[record.JournalID]record.JournalID) [][]centraldb.Boot {
	type place struct {
		root  record.JournalID
		depth int
	}
	where := func(j record.JournalID) place {
		p := place{root: j}
		for p.depth < len(links) { // a ring is no order: it ends here
			prev, ok := links[p.root]
			if !ok {
				break
			}
			p.root, p.depth = prev, p.depth+1
		}
		return p
	}
	places, by := map[int64]place{}, map[record.JournalID][]centraldb.Boot{}
	for _, b := range boots {
		p := where(b.Journal)
		places[b.ID] = p
		by[p.root] = append(by[p.root], b)
	}
	out := make([][]centraldb.Boot, 0, len(by))
	for _, m := range by {
		slices.SortFunc(m, func(a, b centraldb.Boot) int {
			return cmp.Or(cmp.Compare(places[a.ID].depth, places[b.ID].depth), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
		})
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b []centraldb.Boot) int { return cmp.Compare(a[0].ID, b[0].ID) })
	return out
}

// machine works out times of one machine. Only boots that can matter are read: those of
// the punches, what lies between, and the nearest with evidence on either side.
func (s *step) machine(ctx context.Context, tx *centraldb.Tx, boots []centraldb.Boot, todo map[int64][]centraldb.PunchTime) error {
	wanted := func(b centraldb.Boot) bool { return len(todo[b.ID]) > 0 }
	first := slices.IndexFunc(boots, wanted)
	if first < 0 {
		return nil
	}
	last := len(boots) - 1
	for !wanted(boots[last]) {
		last--
	}
	for first > 0 {
		if first--; boots[first].Anchored {
			break
		}
	}
	for last < len(boots)-1 {
		if last++; boots[last].Anchored {
			break
		}
	}
	boots = boots[first : last+1]
	lasted := make([]int64, len(boots))
	var anchors []clocktrust.Anchor
	for i, b := range boots {
		lasted[i] = b.Lasted
		from, to := reach(todo[b.ID])
		got, err := tx.Anchors(ctx, b.ID, from, to)
		if err != nil {
			return err
		}
		for _, a := range got {
			a.Boot = i
			anchors = append(anchors, a)
		}
	}
	h := clocktrust.NewHistory(lasted, anchors)
	for i, b := range boots {
		for _, p := range todo[b.ID] {
			p.Interval, p.Version = h.Resolve(i, p.At), clocktrust.Version
			if err := tx.SetTime(ctx, p); err != nil {
				return err
			}
			if err := s.apply(ctx, tx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// reach gives where anchors of a boot are of use for these punches; none: nowhere.
func reach(all []centraldb.PunchTime) (from, to int64) {
	if len(all) == 0 {
		return 1, 0
	}
	from, to = all[0].At, all[0].At
	for _, p := range all {
		from, to = min(from, p.At), max(to, p.At)
	}
	return from - near, to + near
}
