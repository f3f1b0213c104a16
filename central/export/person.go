package export

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// PersonStore reads what is kept of one person.
type PersonStore interface {
	PersonFile(ctx context.Context, id string) (centraldb.PersonFile, error)
	Presence(ctx context.Context, people []string) (map[string]centraldb.Present, error)
	Entries(ctx context.Context, f centraldb.EntryFilter) ([]centraldb.Entry, error)
	CorrectionsOf(ctx context.Context, person string, after centraldb.Place, limit int) ([]centraldb.Correction, error)
	AuditPage(ctx context.Context, q centraldb.AuditQuery) ([]centraldb.AuditRow, error)
}

// PersonFile is everything that is kept of one person, for the person to have.
type PersonFile struct {
	ID     string
	At     time.Time // when it was asked for
	people PersonStore
}

// Person gives what is kept of a person. When it returns, that has been audited,
// whatever becomes of the file. problem.NotFound.
func (e *Export) Person(ctx context.Context, actor, id string) (PersonFile, error) {
	err := e.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if _, err := tx.Person(ctx, id); err != nil {
			return err
		}
		return e.Audit.Record(ctx, tx, actor, "person.export", id, nil)
	})
	return PersonFile{ID: id, At: e.Now(), people: e.People}, err
}

// FileName is what the file is called: of what may stand in a header, and without
// the person's name, because files are left lying about.
func (f PersonFile) FileName() string {
	id := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, strings.ToLower(f.ID)), "-")
	return "person-" + id[:min(len(id), 60)] + "-" + f.At.UTC().Format(time.DateOnly) + ".json"
}

// personPage is how many rows are in memory at once.
const personPage = 500

// Write writes the file as one JSON object, page by page, so that memory does not
// grow with the years. It holds no PIN, hash or other secret.
func (f PersonFile) Write(ctx context.Context, w io.Writer) error {
	kept, err := f.people.PersonFile(ctx, f.ID)
	if err != nil {
		return err
	}
	present, err := f.people.Presence(ctx, []string{f.ID})
	if err != nil {
		return err
	}
	d := newDocument(w)
	d.field("made_at", f.At.UTC())
	d.field("person", personPart(kept))
	if p, ok := present[f.ID]; ok {
		d.field("presence", map[string]any{"state": p.State, "since": p.Since.UTC(), "kiosk": p.Kiosk, "project": p.Project})
	}
	d.field("kiosks", kioskParts(kept))
	d.field("pin", pinPart(kept))
	d.field("badges", badgeParts(kept))
	d.field("missed_punches", missedParts(kept))
	d.field("messages_read", readParts(kept))
	d.field("accounts", accountParts(kept))
	d.list("punches", func() error { return f.punches(ctx, d) })
	d.list("corrections", func() error { return f.corrections(ctx, d) })
	d.list("audit", func() error { return f.audit(ctx, d, kept) })
	return d.end()
}

func (f PersonFile) punches(ctx context.Context, d *document) error {
	filter := centraldb.EntryFilter{People: []string{f.ID}, Limit: personPage}
	for {
		page, err := f.people.Entries(ctx, filter)
		if err != nil {
			return err
		}
		for _, e := range page {
			d.item(entryPart(e))
			filter.After = e.Place
		}
		if len(page) < personPage || d.err != nil {
			return d.err
		}
	}
}

func (f PersonFile) corrections(ctx context.Context, d *document) error {
	var after centraldb.Place
	for {
		page, err := f.people.CorrectionsOf(ctx, f.ID, after, personPage)
		if err != nil {
			return err
		}
		for _, c := range page {
			d.item(correctionPart{
				ID: c.ID, Punch: c.Entry, Kind: c.Kind, MadeAt: instant(c.MadeAt), MadeBy: c.MadeBy, Reason: c.Reason, Kiosk: c.Kiosk,
				valuesPart: valuesPart{c.Action, instant(c.At), c.Zone, c.Project, c.Note},
			})
			after = centraldb.Place{At: c.At, Turn: c.ID}
		}
		if len(page) < personPage || d.err != nil {
			return d.err
		}
	}
}

// audit writes what the audit log tells of the person, then of each account of
// theirs, the newest first.
func (f PersonFile) audit(ctx context.Context, d *document, kept centraldb.PersonFile) error {
	subjects := []string{f.ID}
	for _, a := range kept.Accounts {
		subjects = append(subjects, a.Email)
	}
	for _, s := range subjects {
		if err := f.audited(ctx, d, s); err != nil {
			return err
		}
	}
	return nil
}

func (f PersonFile) audited(ctx context.Context, d *document, subject string) error {
	q := centraldb.AuditQuery{Subjects: []string{subject}, Limit: personPage}
	for {
		page, err := f.people.AuditPage(ctx, q)
		if err != nil {
			return err
		}
		for _, row := range page {
			d.item(auditPart{row.ID, instant(row.At), row.Actor, row.Action, row.Subject, json.RawMessage(row.Detail)})
			q.Before = row.ID
		}
		if len(page) < personPage || d.err != nil {
			return d.err
		}
	}
}

func entryPart(e centraldb.Entry) punchPart {
	p := punchPart{
		ID: e.ID, State: "recorded", Kiosk: e.Kiosk, KioskName: e.KioskName, Auth: e.Auth,
		valuesPart: valuesPart{e.Action, instant(e.PunchLine.At), e.Zone, e.Project, e.Note},
	}
	switch {
	case e.Void():
		p.State = "void"
	case e.Added():
		p.State = "added"
	case e.Fix.ID != 0:
		p.State = "corrected"
	}
	if !e.Added() {
		p.Recorded = &valuesPart{e.Raw.Action, instant(e.Raw.At), e.Raw.Zone, e.Raw.Project, e.Raw.Note}
	}
	return p
}

// punchPart is what holds of a punch, and what a kiosk recorded; nil where none did.
type punchPart struct {
	ID        int64           `json:"id"` // below zero: added
	State     string          `json:"state"`
	Kiosk     string          `json:"kiosk"`
	KioskName string          `json:"kiosk_name"`
	Auth      attendance.Auth `json:"auth,omitempty"`
	valuesPart
	Recorded *valuesPart `json:"recorded,omitempty"`
}
