package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// WaitingKiosk is a machine without a code that asks to be let in.
type WaitingKiosk struct {
	Check    string    `json:"check"` // as the machine shows it, if nobody is in between
	Address  string    `json:"address"`
	Hardware string    `json:"hardware,omitempty"`
	Software string    `json:"software,omitempty"`
	AskedAt  time.Time `json:"asked_at"`
	SeenAt   time.Time `json:"seen_at"`
}

// WaitingKiosks are all of them, who asked first first.
type WaitingKiosks struct {
	Waiting []WaitingKiosk `json:"waiting"`
}

// AcceptKiosk is what a machine becomes: the kiosk that is named, or a new one.
type AcceptKiosk struct {
	Kiosk       string `json:"kiosk,omitempty"`
	Name        string `json:"name,omitempty"`
	Zone        string `json:"zone,omitempty"`
	RequiresPIN *bool  `json:"requires_pin,omitempty"`
	Force       bool   `json:"force,omitempty"`
}

// AcceptedKiosk is the kiosk that a machine has become.
type AcceptedKiosk struct {
	Kiosk string `json:"kiosk"`
}

// WaitingKiosks lists them.
func (c *Client) WaitingKiosks(ctx context.Context) ([]WaitingKiosk, error) {
	var out WaitingKiosks
	err := c.call(ctx, http.MethodGet, "/waiting-kiosks", nil, &out)
	return out.Waiting, err
}

// AcceptKiosk lets a machine in and gives the id of its kiosk.
func (c *Client) AcceptKiosk(ctx context.Context, check string, a AcceptKiosk) (string, error) {
	var out AcceptedKiosk
	err := c.call(ctx, http.MethodPost, "/waiting-kiosks/"+url.PathEscape(check)+"/accept", a, &out)
	return out.Kiosk, err
}

// RejectKiosk turns a machine away.
func (c *Client) RejectKiosk(ctx context.Context, check string) error {
	return c.call(ctx, http.MethodPost, "/waiting-kiosks/"+url.PathEscape(check)+"/reject", nil, &struct{}{})
}
