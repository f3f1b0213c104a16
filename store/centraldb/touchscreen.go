package centraldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// What a kiosk says instead of the organisation about the size of its text.
const (
	TextNormal = "normal"
	TextLarge  = "large"
)

// RosterWork is what a kiosk's roster says about breaks, projects and the
// touchscreen.
type RosterWork struct {
	Projects []Project // in use and offered here, by id
	Project  string    // the one of the kiosk's own choice, "" for none; may be out of use
	Break    wire.BreakRule
	Look     wire.Look
	Habits   wire.Habits
	Logo     []byte // PNG, nil where there is none
}

// ownLook is what a kiosk has of its own.
type ownLook struct{ theme, text, habits string }

// rosterWork fills in what stands in other tables than the kiosk's row.
func (d *DB) rosterWork(ctx context.Context, w *RosterWork, kiosk string, own ownLook) error {
	s, err := d.Settings(ctx)
	if err != nil {
		return err
	}
	w.Break, w.Look = s.Break, KioskLook(s.Look, own.theme, own.text)
	if w.Habits, err = habitsOf(own.habits); err != nil {
		return err
	}
	if w.Logo, _, err = d.Logo(ctx); err != nil {
		return err
	}
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var p Project
		err := r.Scan(&p.ID, &p.Name)
		w.Projects = append(w.Projects, p)
		return err
	}, `SELECT j.id, j.name FROM kiosk_projects a JOIN projects j ON j.id = a.project
		WHERE a.kiosk = $1 AND j.archived_at = 0 ORDER BY j.id`, kiosk)
	if err != nil {
		return fmt.Errorf("read projects for roster: %w", err)
	}
	return nil
}

// KioskLook gives how a kiosk presents itself: as the organisation says, but in its
// own theme and size of text where it has them.
func KioskLook(l wire.Look, theme, text string) wire.Look {
	if theme != "" {
		l.Theme = theme
	}
	if text != "" {
		l.LargeText = text == TextLarge
	}
	return l
}

func habitsOf(text string) (wire.Habits, error) {
	var h wire.Habits
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return h, fmt.Errorf("read habits of kiosk: %w", err)
	}
	return h, nil
}

// Logo reads the organisation's logo and when it was changed, in unix nanoseconds;
// nil where there is none.
func (d *DB) Logo(ctx context.Context) (png []byte, changedAt int64, err error) {
	err = d.db.Reader().QueryRowContext(ctx, `SELECT png, changed_at FROM logo`).Scan(&png, &changedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read logo: %w", err)
	}
	return png, changedAt, nil
}

// SetLogo replaces the organisation's logo; nil takes it away. now is in unix
// nanoseconds.
func (t *Tx) SetLogo(ctx context.Context, png []byte, now int64) error {
	err := exec(ctx, t.tx, nil, `DELETE FROM logo`)
	if err == nil && png != nil {
		err = exec(ctx, t.tx, nil, `INSERT INTO logo (id, png, changed_at) VALUES (1, $1, $2)`, png, now)
	}
	if err != nil {
		return fmt.Errorf("write logo: %w", err)
	}
	return nil
}
