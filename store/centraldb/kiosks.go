package centraldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/wire"
)

// The states of a kiosk's identity.
const (
	KioskNew      = "new"      // never enrolled
	KioskEnrolled = "enrolled" // its keys and certificate are good
	KioskRevoked  = "revoked"  // they no longer are
)

// Kiosk is one kiosk with what is known of its machine. Instants are unix
// nanoseconds, 0 for never.
type Kiosk struct {
	attendance.Kiosk
	Schedule   string // cron expression; empty: every minute
	Mode       string // live or scheduled
	Status     string
	RecordKey  []byte // Ed25519 public, nil before enrolment
	SealKey    []byte // X25519 public, nil before enrolment
	CertSHA256 string // hex
	Hardware   string
	Software   string
	EnrolledAt int64
	LastSeen   int64
	LastQueue  int // records it had not sent, when last seen
	LastRoster uint64
	LastKeyset uint64 // version of the keyset it had, when last seen
	CreatedAt  int64
	Lang       string // BCP 47, of the screen while nobody is identified; empty: the screen's own
	// UniversalReason: a punch with the Universal PIN needs a note saying why.
	UniversalReason bool
	Theme           string // light, dark or contrast; empty: the organisation's
	Text            string // normal or large; empty: the organisation's
	Habits          wire.Habits
	ClonedAt        int64 // when two machines were found with the keys in force; 0: they were not
}

const kioskColumns = `k.id, k.name, k.zone, k.requires_pin, k.schedule, k.mode, k.status, k.record_key, k.seal_key,
	k.cert_sha256, k.hardware, k.software, k.enrolled_at, k.last_seen, k.last_queue, k.last_roster, k.last_keyset, k.created_at, k.lang, k.universal_reason,
	k.theme, k.text, k.habits, k.cloned_at`

func scanKiosk(r interface{ Scan(...any) error }) (Kiosk, error) {
	var k Kiosk
	var habits string
	err := r.Scan(&k.ID, &k.Name, &k.Zone, &k.RequiresPIN, &k.Schedule, &k.Mode, &k.Status, &k.RecordKey, &k.SealKey,
		&k.CertSHA256, &k.Hardware, &k.Software, &k.EnrolledAt, &k.LastSeen, &k.LastQueue, &k.LastRoster, &k.LastKeyset, &k.CreatedAt,
		&k.Lang, &k.UniversalReason, &k.Theme, &k.Text, &habits, &k.ClonedAt)
	if err == nil {
		k.Habits, err = habitsOf(habits)
	}
	return k, err
}

// Kiosk reads one kiosk; problem.NotFound.
func (d *DB) Kiosk(ctx context.Context, id string) (Kiosk, error) {
	return kiosk(ctx, d.db.Reader(), id)
}

// Kiosk reads one kiosk; problem.NotFound.
func (t *Tx) Kiosk(ctx context.Context, id string) (Kiosk, error) { return kiosk(ctx, t.tx, id) }

func kiosk(ctx context.Context, q querier, id string) (Kiosk, error) {
	k, err := scanKiosk(q.QueryRowContext(ctx, `SELECT `+kioskColumns+` FROM kiosks k WHERE k.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return k, notFound("kiosk")
	}
	if err != nil {
		return k, fmt.Errorf("read kiosk: %w", err)
	}
	return k, nil
}

// Kiosks reads all kiosks by name.
func (d *DB) Kiosks(ctx context.Context) ([]Kiosk, error) {
	var out []Kiosk
	err := each(ctx, d.db.Reader(), func(r *sql.Rows) error {
		k, err := scanKiosk(r)
		if err != nil {
			return err
		}
		out = append(out, k)
		return nil
	}, `SELECT `+kioskColumns+` FROM kiosks k ORDER BY k.name, k.id`)
	if err != nil {
		return nil, fmt.Errorf("read kiosks: %w", err)
	}
	return out, nil
}

// CountKiosks counts the kiosks.
func (t *Tx) CountKiosks(ctx context.Context) (int, error) {
	return count(ctx, t.tx, `SELECT COUNT(*) FROM kiosks`)
}

// AddKiosk inserts a kiosk that has never enrolled.
func (t *Tx) AddKiosk(ctx context.Context, k attendance.Kiosk, now int64) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO kiosks (id, name, zone, requires_pin, created_at) VALUES ($1, $2, $3, $4, $5)`,
		k.ID, k.Name, k.Zone, flag(k.RequiresPIN), now)
	if err != nil {
		return fmt.Errorf("add kiosk: %w", err)
	}
	return nil
}

// SetKioskIdentity writes what an enrolment or a revocation changes: status,
// keys, certificate, machine and instant; the history of keys follows, but for
// the end of a revoked one: EndIdentity. Of new keys there is no copy yet.
// problem.NotFound.
func (t *Tx) SetKioskIdentity(ctx context.Context, k Kiosk) error {
	err := exec(ctx, t.tx, notFound("kiosk"), `UPDATE kiosks SET status = $1, record_key = $2, seal_key = $3, cert_sha256 = $4,
		hardware = $5, software = $6, enrolled_at = $7,
		cloned_at = CASE WHEN record_key = $2 THEN cloned_at ELSE 0 END WHERE id = $8`,
		k.Status, k.RecordKey, k.SealKey, k.CertSHA256, k.Hardware, k.Software, k.EnrolledAt, k.ID)
	if err != nil {
		return err
	}
	return t.keepIdentity(ctx, k)
}

// Assignments says who may use a kiosk.
type Assignments struct {
	People   []string // ids
	Teams    []string // names
	Everyone bool
}

// Assignments reads who is assigned to a kiosk.
func (d *DB) Assignments(ctx context.Context, kiosk string) (Assignments, error) {
	return assignments(ctx, d.db.Reader(), kiosk)
}

func assignments(ctx context.Context, q querier, kiosk string) (Assignments, error) {
	var a Assignments
	err := each(ctx, q, func(r *sql.Rows) error {
		var kind, subject string
		if err := r.Scan(&kind, &subject); err != nil {
			return err
		}
		switch kind {
		case "person":
			a.People = append(a.People, subject)
		case "team":
			a.Teams = append(a.Teams, subject)
		default:
			a.Everyone = true
		}
		return nil
	}, `SELECT kind, subject FROM assignments WHERE kiosk = $1 ORDER BY kind, subject`, kiosk)
	if err != nil {
		return a, fmt.Errorf("read assignments: %w", err)
	}
	return a, nil
}

// SetAssignments replaces who is assigned to a kiosk.
func (t *Tx) SetAssignments(ctx context.Context, kiosk string, a Assignments) error {
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM assignments WHERE kiosk = $1`, kiosk); err != nil {
		return fmt.Errorf("clear assignments: %w", err)
	}
	var rows [][]any
	for _, id := range a.People {
		rows = append(rows, []any{kiosk, "person", id})
	}
	for _, name := range a.Teams {
		rows = append(rows, []any{kiosk, "team", name})
	}
	if a.Everyone {
		rows = append(rows, []any{kiosk, "everyone", ""})
	}
	if err := insertMany(ctx, t.tx, `INSERT INTO assignments (kiosk, kind, subject)`, 3, rows); err != nil {
		return fmt.Errorf("write assignments: %w", err)
	}
	return nil
}

// UnknownPeople gives those of the ids that name no active person.
func (t *Tx) UnknownPeople(ctx context.Context, ids []string) ([]string, error) {
	var unknown []string
	for _, id := range ids {
		ok, err := exists(ctx, t.tx, `SELECT 1 FROM people WHERE id = $1 AND active = 1`, id)
		if err != nil {
			return nil, fmt.Errorf("look for person: %w", err)
		}
		if !ok {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}

// the active people assigned to kiosks, each once.
const assigneesUnion = `SELECT a.kiosk AS kiosk, p.id AS person FROM assignments a JOIN people p ON p.id = a.subject
		WHERE a.kind = 'person' AND p.active = 1
	UNION SELECT a.kiosk, p.id FROM assignments a JOIN people p ON p.team = a.subject
		WHERE a.kind = 'team' AND p.active = 1 AND p.team <> ''
	UNION SELECT a.kiosk, p.id FROM assignments a JOIN people p ON p.active = 1
		WHERE a.kind = 'everyone'`

// CountAssignees counts the active people assigned to one kiosk.
func (t *Tx) CountAssignees(ctx context.Context, kiosk string) (int, error) {
	n, err := count(ctx, t.tx, `SELECT COUNT(*) FROM (`+assigneesUnion+`) u WHERE u.kiosk = $1`, kiosk)
	if err != nil {
		return 0, fmt.Errorf("count assignees: %w", err)
	}
	return n, nil
}

// assigneeCounts counts the active people of each kiosk, each once. A team is
// counted once however many kiosks list it.
const assigneeCounts = `WITH sizes AS (SELECT team, count(*) AS n FROM people WHERE active = 1 AND team <> '' GROUP BY team)
		SELECT a.kiosk, CASE WHEN max(a.kind = 'everyone') THEN (SELECT count(*) FROM people WHERE active = 1) ELSE sum(CASE a.kind
			WHEN 'team' THEN COALESCE(s.n, 0)
			WHEN 'person' THEN p.id IS NOT NULL AND NOT EXISTS (
				SELECT 1 FROM assignments b WHERE b.kiosk = a.kiosk AND b.kind = 'team' AND b.subject = p.team)
			ELSE 0 END) END AS people
		FROM assignments a LEFT JOIN sizes s ON a.kind = 'team' AND s.team = a.subject
			LEFT JOIN people p ON a.kind = 'person' AND p.id = a.subject AND p.active = 1
		GROUP BY a.kiosk`

// Load is how much depends on a kiosk's Universal PIN.
type Load struct {
	Kiosk     string
	Assignees int
	PINLen    int // digits of its Universal PIN now
}

// Loads counts the active people assigned to each kiosk.
func (t *Tx) Loads(ctx context.Context) ([]Load, error) { return loads(ctx, t.tx) }

// Loads counts the active people assigned to each kiosk.
func (d *DB) Loads(ctx context.Context) ([]Load, error) { return loads(ctx, d.db.Reader()) }

func loads(ctx context.Context, q querier) ([]Load, error) {
	var out []Load
	err := each(ctx, q, func(r *sql.Rows) error {
		var l Load
		if err := r.Scan(&l.Kiosk, &l.Assignees, &l.PINLen); err != nil {
			return err
		}
		out = append(out, l)
		return nil
	}, `SELECT k.id, COALESCE(n.people, 0), COALESCE(s.len, 0) FROM kiosks k
		LEFT JOIN pins s ON s.kind = 'universal' AND s.subject = k.id
		LEFT JOIN (`+assigneeCounts+`) n ON n.kiosk = k.id ORDER BY k.id`)
	if err != nil {
		return nil, fmt.Errorf("count assignees: %w", err)
	}
	return out, nil
}
