package health

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// Store is what Watch stands on.
type Store interface {
	Kiosks(ctx context.Context) ([]centraldb.Kiosk, error)
	Healths(ctx context.Context) (map[string]centraldb.KioskHealth, error)
	RosterVersions(ctx context.Context) (map[string]uint64, error)
	KiosksUsed(ctx context.Context, from, to int64) ([]string, error)
	OpenFlaws(ctx context.Context) (map[string][]centraldb.Flaw, error)
	Writer
}

// How Watch judges what it sees.
const (
	each      = time.Minute
	wrongFor  = 2                   // looks in a row, before people are told
	rightFor  = 5                   // looks in a row, before it is over
	settling  = 5 * time.Minute     // after the start, in which kiosks come back
	again     = time.Hour           // what comes back within this is not told twice
	keepEnded = 90 * 24 * time.Hour // of alerts that are over
)

// Watch opens alerts and ends them.
type Watch struct {
	db     Store
	now    func() time.Time
	log    *slog.Logger
	limits Limits

	started time.Time
	wrong   map[key]int // looks in a row in which it was so
	right   map[key]int
	resting map[key]bool // silent, at a time of the week when nobody uses them
	used    usedKiosks
}

// key names one thing wrong with one kiosk.
type key struct {
	kiosk string
	kind  Kind
}

// NewWatch gives a Watch; kiosks that have not come back yet are not silent for the
// first minutes from now on. The limits say what is wrong.
func NewWatch(db Store, limits Limits, now func() time.Time, log *slog.Logger) *Watch {
	return &Watch{db: db, now: now, log: log, limits: limits, started: now(), wrong: map[key]int{}, right: map[key]int{}}
}

// Run looks once a minute until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := w.Once(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("alerts not looked after", "err", err)
		}
	}
}

// named is a finding with the kiosk it is about.
type named struct {
	Finding
	kiosk centraldb.Kiosk
}

// Once looks at every kiosk. Run calls it; it is not for two goroutines at a time.
func (w *Watch) Once(ctx context.Context) error {
	found, kiosks, err := w.look(ctx)
	if err != nil {
		return err
	}
	for k := range w.wrong {
		if _, ok := found[k]; !ok {
			delete(w.wrong, k)
		}
	}
	var news []named
	for k, n := range found {
		w.wrong[k]++
		delete(w.right, k)
		if w.wrong[k] >= wrongFor {
			news = append(news, n)
		}
	}
	slices.SortFunc(news, byNeed)
	return w.db.Update(ctx, func(tx *centraldb.Tx) error { return w.settle(ctx, tx, found, news, kiosks) })
}

// look gives everything that is wrong and worth an alert now, and the kiosks by id.
func (w *Watch) look(ctx context.Context) (map[key]named, map[string]centraldb.Kiosk, error) {
	all, err := w.db.Kiosks(ctx)
	if err != nil {
		return nil, nil, err
	}
	told, err := w.db.Healths(ctx)
	if err != nil {
		return nil, nil, err
	}
	newest, err := w.db.RosterVersions(ctx)
	if err != nil {
		return nil, nil, err
	}
	flawed, err := w.db.OpenFlaws(ctx)
	if err != nil {
		return nil, nil, err
	}
	now := w.now()
	found, kiosks := map[key]named{}, make(map[string]centraldb.Kiosk, len(all))
	for _, k := range all {
		kiosks[k.ID] = k
		s := Subject{Kiosk: k, Newest: newest[k.ID], Flaws: flawed[k.ID]}
		if h, ok := told[k.ID]; ok {
			s.Health = &h
		}
		for _, f := range Judge(s, w.limits, now) {
			if f.Kind == Silent && now.Sub(w.started) < settling {
				continue
			}
			found[key{k.ID, f.Kind}] = named{f, k}
		}
	}
	return found, kiosks, w.dropResting(ctx, found)
}

// settle brings the table of alerts to what was found, and tells of the changes.
func (w *Watch) settle(ctx context.Context, tx *centraldb.Tx, found map[key]named, news []named, kiosks map[string]centraldb.Kiosk) error {
	now := w.now()
	before, err := tx.OpenAlerts(ctx)
	if err != nil {
		return err
	}
	var t telling
	open := map[key]centraldb.Alert{}
	for _, a := range before {
		k := key{a.Kiosk, Kind(a.Kind)}
		open[k] = a
		f, wrong := found[k]
		switch {
		case wrong && (f.Words != a.Words || string(f.Severity) != a.Severity):
			err = tx.SetAlert(ctx, a.ID, string(f.Severity), f.Words)
		case !wrong && !w.resting[k]:
			err = w.ease(ctx, tx, k, a, kiosks, &t)
		}
		if err != nil {
			return err
		}
	}
	recent, err := tx.EndedAlerts(ctx, now.Add(-again).UnixNano())
	if err != nil {
		return err
	}
	for _, n := range news {
		if _, ok := open[key{n.kiosk.ID, n.Kind}]; ok {
			continue
		}
		told := !slices.ContainsFunc(recent, func(a centraldb.Alert) bool { return a.Kiosk == n.kiosk.ID && a.Kind == string(n.Kind) })
		_, err := tx.AddAlert(ctx, centraldb.Alert{
			Kiosk: n.kiosk.ID, Kind: string(n.Kind), Severity: string(n.Severity), Words: n.Words, Since: now.UnixNano(), Told: told,
		})
		if err != nil {
			return err
		}
		if told {
			t.began = append(t.began, n)
		}
	}
	if err := tx.ForgetAlerts(ctx, now.Add(-keepEnded).UnixNano()); err != nil {
		return err
	}
	return t.tell(ctx, tx, now)
}

// ease ends an alert once it has been right for a while.
func (w *Watch) ease(ctx context.Context, tx *centraldb.Tx, k key, a centraldb.Alert, kiosks map[string]centraldb.Kiosk, t *telling) error {
	if w.right[k]++; w.right[k] < rightFor {
		return nil
	}
	delete(w.right, k)
	now := w.now()
	if kiosk, ok := kiosks[a.Kiosk]; ok && a.Told {
		t.ended = append(t.ended, over{a, kiosk.Name, now.Sub(time.Unix(0, a.Since))})
	}
	return tx.EndAlert(ctx, a.ID, now.UnixNano())
}
