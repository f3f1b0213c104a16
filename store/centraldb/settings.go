package centraldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// Settings is what owners decide for the organisation in the browser. Secrets in
// it are sealed under the data key.
type Settings struct {
	// ExportOff: PINs are shown once, when they are made, and no export has them.
	ExportOff bool `json:"export_off,omitempty"`
	// RetainMonths is how long punches and people who left are kept; 0: for ever.
	RetainMonths int `json:"retain_months,omitempty"`
	// SealedUntil is a date, 2006-01-02 in the organisation's zone: punches up to
	// and including it are not corrected any more. Empty: none are sealed.
	SealedUntil string `json:"sealed_until,omitempty"`
	Mail        Mail   `json:"mail,omitzero"`
	Hook        Hook   `json:"hook,omitzero"`
	// MailRequests: admins get a mail when somebody asks for a punch, or is not listed.
	MailRequests bool `json:"mail_requests,omitempty"`
	// Break is what kiosks say about breaks, where a person has no rule of their own.
	Break wire.BreakRule `json:"break,omitzero"`
	// Look is how touchscreens present themselves; a kiosk may have its own theme and
	// size of text.
	Look wire.Look `json:"look,omitzero"`
}

// Mail says how mail is sent. Host empty: it is not.
type Mail struct {
	Host     string `json:"host,omitempty"`
	Port     int    `json:"port,omitempty"`
	Security string `json:"security,omitempty"` // starttls, tls or none
	User     string `json:"user,omitempty"`     // empty: no authentication
	Password []byte `json:"password,omitempty"` // sealed under the data key
	From     string `json:"from,omitempty"`
	Site     string `json:"site,omitempty"` // https://host of the links in mails
}

// Settings reads what owners decided; zero values where they have not.
func (d *DB) Settings(ctx context.Context) (Settings, error) { return settings(ctx, d.db.Reader()) }

// Settings reads what owners decided, as of this transaction.
func (t *Tx) Settings(ctx context.Context) (Settings, error) { return settings(ctx, t.tx) }

func settings(ctx context.Context, q querier) (Settings, error) {
	var s Settings
	var text string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'settings'`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	return s, nil
}

// SetSettings writes what owners decided.
func (t *Tx) SetSettings(ctx context.Context, s Settings) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	return exec(ctx, t.tx, nil, `INSERT INTO meta (key, value) VALUES ('settings', $1)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, string(text))
}
