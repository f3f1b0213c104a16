package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// NewFleetToken is what makes a fleet token. Names has {n} where a kiosk's number goes.
type NewFleetToken struct {
	Uses        int    `json:"uses"`
	Days        int    `json:"days,omitempty"`
	Names       string `json:"names,omitempty"`
	Zone        string `json:"zone,omitempty"`
	RequiresPIN *bool  `json:"requires_pin,omitempty"`
	Lang        string `json:"lang,omitempty"`
}

// FleetToken is a secret by which many machines become kiosks; Token and URL are
// given once, when it is made.
type FleetToken struct {
	ID          string    `json:"id"`
	Token       string    `json:"token,omitempty"`
	URL         string    `json:"url,omitempty"`
	Names       string    `json:"names"`
	Zone        string    `json:"zone"`
	RequiresPIN bool      `json:"requires_pin"`
	Lang        string    `json:"lang,omitempty"`
	Uses        int       `json:"uses"`
	Used        int       `json:"used"`
	Created     time.Time `json:"created_at"`
	CreatedBy   string    `json:"created_by"`
	Expires     time.Time `json:"expires_at"`
	Revoked     time.Time `json:"revoked_at,omitzero"`
}

// FleetTokens are all of them, the newest first.
type FleetTokens struct {
	Tokens []FleetToken `json:"tokens"`
}

// FleetTokens lists them.
func (c *Client) FleetTokens(ctx context.Context) ([]FleetToken, error) {
	var out FleetTokens
	err := c.call(ctx, http.MethodGet, "/fleet-tokens", nil, &out)
	return out.Tokens, err
}

// MakeFleetToken makes one; its secret is in the answer alone.
func (c *Client) MakeFleetToken(ctx context.Context, n NewFleetToken) (FleetToken, error) {
	var out FleetToken
	return out, c.call(ctx, http.MethodPost, "/fleet-tokens", n, &out)
}

// RevokeFleetToken ends one; problem.NotFound.
func (c *Client) RevokeFleetToken(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, "/fleet-tokens/"+url.PathEscape(id)+"/revoke", nil, &struct{}{})
}

// LastingCode is EnrolmentCode for a code that is good for days: it lies in a file and
// waits for its machine.
func (c *Client) LastingCode(ctx context.Context, kiosk string, days int) (Code, error) {
	var out Code
	return out, c.call(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/code?days="+strconv.Itoa(days), nil, &out)
}
