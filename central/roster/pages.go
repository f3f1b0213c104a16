package roster

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// pushLimit is the most bytes of rows that are pushed unasked.
const pushLimit = 48 << 10

// pushTimeout bounds how long a push may hold up who made the change.
const pushTimeout = 5 * time.Second

// pageSizes are the bytes of rows tried for one page, in turn: what sealed
// hashes leave to gzip differs. The last fits a message without it.
func pageSizes() []int { return []int{112 << 10, 80 << 10, 46 << 10} }

// Pages answers a pull with the pages that lead from the kiosk's version to the
// newest, all parts in order. A kiosk of another generation, or ahead of what
// is here, is told to fetch anew and gets a snapshot. re is the pull's id.
func (r *Rosters) Pages(ctx context.Context, kiosk, re string, p wire.Pull) ([]wire.Message, error) {
	gen, err := r.cfg.Source.Generation(ctx)
	if err != nil {
		return nil, err
	}
	version, err := r.Version(ctx, kiosk)
	if err != nil {
		return nil, err
	}
	from := p.Version
	refetch := from > 0 && (p.Gen != gen || from > version)
	if refetch {
		from = 0
	}
	rows, version, err := r.cfg.Rows.RosterSince(ctx, kiosk, from)
	if err != nil {
		return nil, err
	}
	var out []wire.Message
	if refetch {
		m, err := r.sealed(kiosk, wire.DownRes, wire.TypeRefetch, re, wire.Refetch{Gen: gen, Version: version})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	pages, err := r.split(kiosk, re, wire.Page{Gen: gen, From: from, To: version}, rowsOf(rows))
	return append(out, pages...), err
}

// split seals rows into as few pages as fit.
func (r *Rosters) split(kiosk, re string, head wire.Page, rows []wire.Row) ([]wire.Message, error) {
	var err error
	for _, size := range pageSizes() {
		var out []wire.Message
		if out, err = r.pages(kiosk, re, head, cut(rows, size)); err == nil {
			return out, nil
		}
		if !wire.IsTooLarge(err) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("split roster of %s: %w", kiosk, err)
}

func (r *Rosters) pages(kiosk, re string, head wire.Page, parts [][]wire.Row) ([]wire.Message, error) {
	out := make([]wire.Message, len(parts))
	for i, rows := range parts {
		page := head
		page.Part, page.Parts, page.Rows = i, len(parts), rows
		var err error
		if out[i], err = r.sealed(kiosk, wire.DownRes, wire.TypePage, re, page); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cut cuts rows into runs of at most size bytes, or one row; at least one run.
func cut(rows []wire.Row, size int) [][]wire.Row {
	out := [][]wire.Row{}
	start, sum := 0, 0
	for i, row := range rows {
		n := sizeOf(row)
		if i > start && sum+n > size {
			out = append(out, rows[start:i])
			start, sum = i, 0
		}
		sum += n
	}
	return append(out, rows[start:])
}

func sizeOf(row wire.Row) int { return len(row.Put) + len(row.ID) + len(row.Kind) + 32 }

// push sends the step from version on, or only the news that there is one: a
// page that leads from the new version to itself fits nobody, so who is not
// there pulls.
func (r *Rosters) push(ctx context.Context, kiosk string, version uint64, stored []centraldb.RosterRow, after time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	m, err := r.news(ctx, kiosk, version, rowsOf(stored))
	switch {
	case err != nil:
	case after > 0 && r.cfg.Spread != nil && canWait(stored):
		r.cfg.Spread.put(kiosk, after, m)
	default:
		err = r.cfg.Publisher.Publish(ctx, m)
	}
	if err != nil {
		r.cfg.Logger.Warn("roster not pushed, the kiosk will ask", "kiosk", kiosk, "version", version+1, "err", err)
	}
}

// news gives what is pushed of a step.
func (r *Rosters) news(ctx context.Context, kiosk string, version uint64, rows []wire.Row) (wire.Message, error) {
	gen, err := r.cfg.Source.Generation(ctx)
	if err != nil {
		return wire.Message{}, err
	}
	page := wire.Page{Gen: gen, From: version, To: version + 1, Parts: 1, Rows: rows}
	sum := 0
	for _, row := range rows {
		sum += sizeOf(row)
	}
	hint := wire.Page{Gen: gen, From: version + 1, To: version + 1, Parts: 1, Rows: []wire.Row{}}
	if sum > pushLimit {
		page = hint
	}
	m, err := r.sealed(kiosk, wire.DownPush, wire.TypePage, "", page)
	if wire.IsTooLarge(err) {
		m, err = r.sealed(kiosk, wire.DownPush, wire.TypePage, "", hint)
	}
	return m, err
}

func (r *Rosters) sealed(kiosk string, ch wire.Channel, typ wire.Type, re string, body any) (wire.Message, error) {
	t := wire.Topic{Org: r.cfg.Org, Kiosk: kiosk, Channel: ch}
	m, err := r.cfg.Signer.Seal(t, typ, r.cfg.NewID(), re, body)
	if err != nil {
		return m, fmt.Errorf("seal %s for %s: %w", typ, kiosk, err)
	}
	return m, nil
}

func rowsOf(stored []centraldb.RosterRow) []wire.Row {
	out := make([]wire.Row, len(stored))
	for i, s := range stored {
		out[i] = wire.Row{Kind: s.Kind, ID: s.ID, Put: s.Body}
	}
	return out
}
