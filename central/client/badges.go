package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Badge is a card of a person.
type Badge struct {
	Badge    string    `json:"badge"` // its canonical form
	LearntAt time.Time `json:"learnt_at"`
	LearntBy string    `json:"learnt_by"`
}

// Badges are a person's cards, the oldest first.
type Badges struct {
	Badges []Badge `json:"badges"`
}

// NewBadge is the body of POST /people/{id}/badges: the number as it is typed from
// the card, or the code that a kiosk showed for it.
type NewBadge struct {
	Badge string `json:"badge,omitempty"`
	Kiosk string `json:"kiosk,omitempty"` // an id
	Code  string `json:"code,omitempty"`
}

// UnknownBadge is a card of nobody that was held to a kiosk.
type UnknownBadge struct {
	Code      string    `json:"code"` // on the kiosk's screen
	Kiosk     string    `json:"kiosk"`
	KioskName string    `json:"kiosk_name"`
	Badge     string    `json:"badge"`
	At        time.Time `json:"at"` // by the kiosk's clock
}

// UnknownBadges are those of the last 24 hours, the newest first.
type UnknownBadges struct {
	Unknown []UnknownBadge `json:"unknown"`
}

// Badges reads a person's cards.
func (c *Client) Badges(ctx context.Context, person string) (Badges, error) {
	var out Badges
	return out, c.call(ctx, http.MethodGet, badgePath(person), nil, &out)
}

// AddBadge gives a person a card.
func (c *Client) AddBadge(ctx context.Context, person string, b NewBadge) (Badges, error) {
	var out Badges
	return out, c.call(ctx, http.MethodPost, badgePath(person), b, &out)
}

// RemoveBadge takes a card from a person; badge is its canonical form.
func (c *Client) RemoveBadge(ctx context.Context, person, badge string) (Badges, error) {
	var out Badges
	return out, c.call(ctx, http.MethodDelete, badgePath(person)+"/"+url.PathEscape(badge), nil, &out)
}

// UnknownBadges lists cards of nobody.
func (c *Client) UnknownBadges(ctx context.Context) (UnknownBadges, error) {
	var out UnknownBadges
	return out, c.call(ctx, http.MethodGet, "/badges/unknown", nil, &out)
}

func badgePath(person string) string { return "/people/" + url.PathEscape(person) + "/badges" }
