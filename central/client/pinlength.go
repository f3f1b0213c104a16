package client

import (
	"context"
	"net/http"
)

// PINLength is the answer to GET /pin-length, and with Digits only the body of
// PUT /pin-length.
type PINLength struct {
	Digits  int       `json:"digits"`             // of every new personal PIN: 4 or 6
	Teams   []TeamDue `json:"teams,omitempty"`    // how far the newest change has come
	NewPINs []NewPIN  `json:"new_pins,omitempty"` // Universal PINs that were too short; shown this once
}

// TeamDue is how far a change of the length has come in one team; Team is empty
// for the people without one.
type TeamDue struct {
	Team   string `json:"team"`
	People int    `json:"people"`
	Due    int    `json:"due"` // of those, who still have a PIN of another length
}

// RenewTeam is the body of POST /pin-length/renew.
type RenewTeam struct {
	Team string `json:"team"` // empty: the people without one
}

// Renewed is the answer to POST /pin-length/renew. More says that others of the
// team are left: call again.
type Renewed struct {
	People []RenewedPIN `json:"people"`
	More   bool         `json:"more"`
}

// RenewedPIN is a person with the new PIN, shown this once.
type RenewedPIN struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	StaffNo string `json:"staff_no,omitempty"`
	Team    string `json:"team,omitempty"`
	PIN     string `json:"pin"`
}

// PINLength gives the digits of new PINs, and how far the newest change has come.
func (c *Client) PINLength(ctx context.Context) (PINLength, error) {
	var out PINLength
	return out, c.call(ctx, http.MethodGet, "/pin-length", nil, &out)
}

// SetPINLength changes the digits of new PINs.
func (c *Client) SetPINLength(ctx context.Context, digits int) (PINLength, error) {
	var out PINLength
	return out, c.call(ctx, http.MethodPut, "/pin-length", PINLength{Digits: digits}, &out)
}

// RenewTeam gives the next people of a team PINs of the new length.
func (c *Client) RenewTeam(ctx context.Context, team string) (Renewed, error) {
	var out Renewed
	return out, c.call(ctx, http.MethodPost, "/pin-length/renew", RenewTeam{Team: team}, &out)
}
