package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Teams is the answer to GET /teams.
type Teams struct {
	Teams []Team `json:"teams"`
}

// Team is a team, and how much there is to it.
type Team struct {
	Name        string `json:"name"`
	Manager     string `json:"manager,omitempty"` // a person's id
	ManagerName string `json:"manager_name,omitempty"`
	People      int    `json:"people"`
	Kiosks      int    `json:"kiosks"`
	Archived    bool   `json:"archived,omitempty"`
}

// NewTeam is the body of POST /teams.
type NewTeam struct {
	Name string `json:"name"`
}

// TeamEdit is the body of PATCH /teams/{name}: nil fields stay.
type TeamEdit struct {
	Name    *string `json:"name,omitempty"`
	Manager *string `json:"manager,omitempty"` // a person's id, empty for nobody
}

// Imports is the answer to GET /imports: the newest imports of people, newest first.
type Imports struct {
	Imports []Import `json:"imports"`
}

// Import is one import of people.
type Import struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	People  int       `json:"people"`
	Undone  bool      `json:"undone,omitempty"`
	Touched int       `json:"touched,omitempty"` // people who have punched or were changed since: it cannot be undone
}

// Teams reads all teams by name, archived ones last.
func (c *Client) Teams(ctx context.Context) ([]Team, error) {
	var out Teams
	err := c.call(ctx, http.MethodGet, "/teams", nil, &out)
	return out.Teams, err
}

// AddTeam makes a team.
func (c *Client) AddTeam(ctx context.Context, name string) (Team, error) {
	var out Team
	return out, c.call(ctx, http.MethodPost, "/teams", NewTeam{name}, &out)
}

// EditTeam changes what e names.
func (c *Client) EditTeam(ctx context.Context, name string, e TeamEdit) (Team, error) {
	var out Team
	return out, c.call(ctx, http.MethodPatch, teamPath(name), e, &out)
}

// ArchiveTeam takes a team out of use.
func (c *Client) ArchiveTeam(ctx context.Context, name string) (Team, error) {
	var out Team
	return out, c.call(ctx, http.MethodPost, teamPath(name)+"/archive", nil, &out)
}

// RestoreTeam brings an archived team back.
func (c *Client) RestoreTeam(ctx context.Context, name string) (Team, error) {
	var out Team
	return out, c.call(ctx, http.MethodPost, teamPath(name)+"/restore", nil, &out)
}

func teamPath(name string) string { return "/teams/" + url.PathEscape(name) }
