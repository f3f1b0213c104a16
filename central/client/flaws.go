package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Flaw is a place where the chain of a kiosk's journal does not hold.
type Flaw struct {
	Kind     string    `json:"kind"` // altered, gap, rollback, fork, rewritten
	Severity string    `json:"severity"`
	Journal  string    `json:"journal"` // hex
	From     uint64    `json:"from"`    // the numbers that it is about; 0: not known
	To       uint64    `json:"to"`
	Words    string    `json:"words"`
	Next     string    `json:"next"` // what to do
	FirstAt  time.Time `json:"first_at"`
	LastAt   time.Time `json:"last_at"`
	SeenAt   time.Time `json:"seen_at,omitzero"` // when somebody had looked into it
	SeenBy   string    `json:"seen_by,omitempty"`
}

// FlawList is those of one kiosk, open ones first, then the newest.
type FlawList struct {
	Flaws []Flaw `json:"flaws"`
}

// Flaws lists what is or was wrong with a kiosk's journals.
func (c *Client) Flaws(ctx context.Context, kiosk string) (FlawList, error) {
	var out FlawList
	return out, c.call(ctx, http.MethodGet, "/kiosks/"+url.PathEscape(kiosk)+"/flaws", nil, &out)
}

// SeeFlaws says that somebody has looked into them, which ends their alerts.
func (c *Client) SeeFlaws(ctx context.Context, kiosk string) (FlawList, error) {
	var out FlawList
	return out, c.call(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/flaws/seen", nil, &out)
}
