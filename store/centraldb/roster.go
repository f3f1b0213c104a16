package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

// RosterKiosk is what a kiosk's roster says about the kiosk itself, and the key
// its PIN hashes are sealed to.
type RosterKiosk struct {
	attendance.Kiosk
	OrgName  string
	Schedule string
	Mode     string
	Lang     string
	// UniversalReason: as of Kiosk.
	UniversalReason bool
	SealKey         []byte // X25519 public
	PIN             RosterPIN
	RosterWork
}

// RosterPIN is a PIN as a roster needs it.
type RosterPIN struct {
	Version uint64
	Len     int    // 0: no PIN
	Hash    []byte // under the data key; nil while it is still being made
}

// RosterPerson is a person who belongs on a kiosk's roster.
type RosterPerson struct {
	attendance.Person
	Listed        bool
	UnlockVersion uint64
	PIN           RosterPIN
	Work          PersonWork
	Badges        []string // canonical forms
}

// RosterKey names a row of a roster.
type RosterKey struct{ Kind, ID string }

// RosterMark tells a stored row's inputs. Gone is a delete.
type RosterMark struct {
	Fingerprint []byte
	Gone        bool
}

// RosterRow is a row to store or a stored one. Body nil is a delete.
type RosterRow struct {
	RosterKey
	Fingerprint []byte
	Body        []byte
}

// RosterKiosk reads a kiosk; problem.NotFound where it is unknown, revoked or
// not enrolled: such a kiosk has no roster.
func (d *DB) RosterKiosk(ctx context.Context, id string) (RosterKiosk, error) {
	k := RosterKiosk{Kiosk: attendance.Kiosk{ID: id}}
	var own ownLook
	err := d.db.Reader().QueryRowContext(ctx,
		`SELECT k.name, k.zone, k.requires_pin, k.schedule, k.mode, k.lang, k.universal_reason, k.seal_key, COALESCE(m.value, ''),
		        k.project, k.theme, k.text, k.habits,
		        COALESCE(s.version, 0), COALESCE(s.len, 0), s.hash
		 FROM kiosks k
		 LEFT JOIN meta m ON m.key = 'name'
		 LEFT JOIN pins s ON s.kind = 'universal' AND s.subject = k.id
		 WHERE k.id = $1 AND k.status = 'enrolled' AND k.seal_key IS NOT NULL`, id).
		Scan(&k.Name, &k.Zone, &k.RequiresPIN, &k.Schedule, &k.Mode, &k.Lang, &k.UniversalReason, &k.SealKey, &k.OrgName,
			&k.Project, &own.theme, &own.text, &own.habits,
			&k.PIN.Version, &k.PIN.Len, &k.PIN.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return k, problem.New(problem.NotFound, "This kiosk has no roster: it is not enrolled.", "")
	}
	if err != nil {
		return k, fmt.Errorf("read kiosk for roster: %w", err)
	}
	return k, d.rosterWork(ctx, &k.RosterWork, id, own)
}

// RosterPeople gives everybody who belongs on a kiosk's roster: the active
// people assigned to it, and every active owner and admin.
func (d *DB) RosterPeople(ctx context.Context, kiosk string) ([]RosterPerson, error) {
	own, err := d.ownProjects(ctx, kiosk)
	if err != nil {
		return nil, err
	}
	badges, err := d.rosterBadges(ctx)
	if err != nil {
		return nil, err
	}
	var out []RosterPerson
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var p RosterPerson
		var least, due sql.NullInt64
		err := r.Scan(&p.ID, &p.StaffNo, &p.Name, &p.Team, &p.Role, &p.Lang, &p.Zone, &p.Active, &p.UnlockVersion,
			&p.Work.Project, &least, &due, &p.Listed, &p.PIN.Version, &p.PIN.Len, &p.PIN.Hash)
		p.Work.Projects, p.Work.Break, p.Badges = own[p.ID], breakOf(least, due), badges[p.ID]
		out = append(out, p)
		return err
	}, `SELECT * FROM (
		SELECT `+personColumns+`, p.unlock_version, p.project, p.break_least, p.break_due,
			CASE WHEN EXISTS (SELECT 1 FROM assignments a WHERE a.kiosk = $1 AND `+assignedTo+`) THEN 1 ELSE 0 END AS listed,
			COALESCE(s.version, 0), COALESCE(s.len, 0), s.hash
		FROM people p LEFT JOIN pins s ON s.kind = 'personal' AND s.subject = p.id
		WHERE p.active = 1) q
		WHERE listed = 1 OR role IN ('owner','admin') ORDER BY id`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read people for roster: %w", err)
	}
	return out, nil
}

// RosterMarks gives the marks of all stored rows of a kiosk.
func (d *DB) RosterMarks(ctx context.Context, kiosk string) (map[RosterKey]RosterMark, error) {
	out := map[RosterKey]RosterMark{}
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var k RosterKey
		var m RosterMark
		err := r.Scan(&k.Kind, &k.ID, &m.Fingerprint, &m.Gone)
		out[k] = m
		return err
	}, `SELECT kind, id, fingerprint, body IS NULL FROM roster_rows WHERE kiosk = $1`, kiosk)
	if err != nil {
		return nil, fmt.Errorf("read roster marks: %w", err)
	}
	return out, nil
}

// RosterBodies gives the stored bodies of the rows of one kind with these ids.
func (d *DB) RosterBodies(ctx context.Context, kiosk, kind string, ids []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), idsPerQuery)
		args := []any{kiosk, kind}
		for _, id := range ids[:n] {
			args = append(args, id)
		}
		err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
			var id string
			var body []byte
			err := r.Scan(&id, &body)
			out[id] = body
			return err
		}, `SELECT id, body FROM roster_rows WHERE kiosk = $1 AND kind = $2 AND body IS NOT NULL AND id IN (`+marks(3, n)+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("read roster rows: %w", err)
		}
		ids = ids[n:]
	}
	return out, nil
}

// RosterVersion gives a kiosk's newest roster version, 0 where there is none yet.
func (d *DB) RosterVersion(ctx context.Context, kiosk string) (uint64, error) {
	var v uint64
	err := d.db.Reader().QueryRowContext(ctx, `SELECT version FROM roster_versions WHERE kiosk = $1`, kiosk).Scan(&v)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read roster version: %w", err)
	}
	return v, nil
}

// RosterSince gives the rows that changed after version from, deletes first,
// and the version they lead to, as of one instant. From 0 leaves deletes out.
func (d *DB) RosterSince(ctx context.Context, kiosk string, from uint64) (rows []RosterRow, version uint64, err error) {
	err = each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		var kind, id sql.NullString
		var body []byte
		if err := r.Scan(&version, &kind, &id, &body); err != nil {
			return err
		}
		if kind.Valid && (body != nil || from > 0) {
			rows = append(rows, RosterRow{RosterKey: RosterKey{Kind: kind.String, ID: id.String}, Body: body})
		}
		return nil
	}, `SELECT v.version, r.kind, r.id, r.body FROM roster_versions v
		LEFT JOIN roster_rows r ON r.kiosk = v.kiosk AND r.version > $1
		WHERE v.kiosk = $2
		ORDER BY r.body IS NOT NULL, r.kind DESC, r.id`, from, kiosk)
	if err != nil {
		return nil, 0, fmt.Errorf("read roster: %w", err)
	}
	return rows, version, nil
}

// PutRoster stores rows as the step of a kiosk's roster from version from to
// from+1, made at, unix nanoseconds. It reports false, and does nothing, when the roster
// is not at from.
func (d *DB) PutRoster(ctx context.Context, kiosk string, from uint64, at int64, rows []RosterRow) (done bool, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO roster_versions (kiosk, version) VALUES ($1, 0) ON CONFLICT DO NOTHING`, kiosk); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE roster_versions SET version = $1 WHERE kiosk = $2 AND version = $3`, from+1, kiosk, from)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		done = true
		for rest := rows; len(rest) > 0; {
			n := min(len(rest), fewRows)
			if err := putRosterRows(ctx, tx, kiosk, from+1, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return noteSettings(ctx, tx, kiosk, from+1, at, rows)
	})
	if err != nil {
		return false, fmt.Errorf("write roster: %w", err)
	}
	return done, nil
}

func putRosterRows(ctx context.Context, tx *sql.Tx, kiosk string, version uint64, rows []RosterRow) error {
	const columns = 6
	var b strings.Builder
	b.WriteString(`INSERT INTO roster_rows (kiosk, kind, id, version, fingerprint, body) VALUES `)
	args := make([]any, 0, columns*len(rows))
	for i, r := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + marks(columns*i+1, columns) + ")")
		args = append(args, kiosk, r.Kind, r.ID, version, blob(r.Fingerprint), r.Body)
	}
	b.WriteString(` ON CONFLICT (kiosk, kind, id) DO UPDATE SET version = excluded.version, fingerprint = excluded.fingerprint, body = excluded.body`)
	_, err := tx.ExecContext(ctx, b.String(), args...)
	return err
}

// RosterKiosks gives every kiosk that has a roster.
func (d *DB) RosterKiosks(ctx context.Context) ([]string, error) {
	ids, err := strs(ctx, d.db.Reader(), `SELECT id FROM kiosks WHERE status = 'enrolled' AND seal_key IS NOT NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list kiosks with rosters: %w", err)
	}
	return ids, nil
}
