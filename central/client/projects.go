package client

import (
	"context"
	"net/http"
	"net/url"
)

// Project is what hours are booked on.
type Project struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Kiosks   int    `json:"kiosks"` // that offer it
	People   int    `json:"people"` // active ones who have it on their own list
	Archived bool   `json:"archived,omitempty"`
}

// Projects is a page of projects in name order, and how many there are in all.
type Projects struct {
	Projects []Project `json:"projects"`
	Total    int       `json:"total"`
}

// NewProject is the body of POST /projects and of PATCH /projects/{id}.
type NewProject struct {
	Name string `json:"name"`
}

// ProjectKiosks is the body of PUT /projects/{id}/kiosks, and the answer of GET.
type ProjectKiosks struct {
	Kiosks []string `json:"kiosks"` // ids
}

// ProjectPeople is the body of POST /projects/{id}/people: one person, or everybody
// who is now in a team.
type ProjectPeople struct {
	Person string `json:"person,omitempty"` // an id
	Team   string `json:"team,omitempty"`
}

// KioskWork is what can be booked on at a kiosk; none: it does not ask about
// projects. Default is what an In books on where nothing else is chosen.
type KioskWork struct {
	Projects []string `json:"projects"` // ids
	Default  string   `json:"default,omitempty"`
}

// PersonWork is what one person may book on; no projects: on all that a kiosk has.
// Break nil is the organisation's rule.
type PersonWork struct {
	Projects []string   `json:"projects"` // ids
	Default  string     `json:"default,omitempty"`
	Break    *BreakRule `json:"break,omitempty"`
}

// BreakRule is what a kiosk says about breaks: it warns, and refuses nothing.
type BreakRule struct {
	Least int `json:"least_minutes"` // who ends a break sooner is asked whether they mean it; 0: nobody is
	Due   int `json:"due_minutes"`   // of work without a break, after which one is due; 0: never
}

// ProjectQuery chooses a page of projects.
type ProjectQuery struct {
	Search   string
	Archived bool // those out of use instead of those in use
	Offset   int
	Limit    int // 1 to 1000; 0: 200
}

// Projects lists projects in name order.
func (c *Client) Projects(ctx context.Context, q ProjectQuery) (Projects, error) {
	v := url.Values{}
	set(v, "search", q.Search)
	if q.Archived {
		v.Set("archived", "true")
	}
	setInt(v, "offset", q.Offset)
	setInt(v, "limit", q.Limit)
	var out Projects
	return out, c.call(ctx, http.MethodGet, "/projects?"+v.Encode(), nil, &out)
}

// AddProject makes a project that no kiosk offers yet.
func (c *Client) AddProject(ctx context.Context, name string) (Project, error) {
	var out Project
	return out, c.call(ctx, http.MethodPost, "/projects", NewProject{name}, &out)
}

// RenameProject gives a project another name.
func (c *Client) RenameProject(ctx context.Context, id, name string) (Project, error) {
	var out Project
	return out, c.call(ctx, http.MethodPatch, projectPath(id), NewProject{name}, &out)
}

// ArchiveProject takes a project out of use; RestoreProject brings it back.
func (c *Client) ArchiveProject(ctx context.Context, id string) (Project, error) {
	var out Project
	return out, c.call(ctx, http.MethodPost, projectPath(id)+"/archive", nil, &out)
}

// RestoreProject brings a project back where it was.
func (c *Client) RestoreProject(ctx context.Context, id string) (Project, error) {
	var out Project
	return out, c.call(ctx, http.MethodPost, projectPath(id)+"/restore", nil, &out)
}

// AddToProject puts a project on the own lists of people.
func (c *Client) AddToProject(ctx context.Context, id string, p ProjectPeople) (Project, error) {
	var out Project
	return out, c.call(ctx, http.MethodPost, projectPath(id)+"/people", p, &out)
}

// RemoveFromProject takes a project off the own list of a person.
func (c *Client) RemoveFromProject(ctx context.Context, id, person string) (Project, error) {
	var out Project
	return out, c.call(ctx, http.MethodDelete, projectPath(id)+"/people/"+url.PathEscape(person), nil, &out)
}

// KioskWork reads what can be booked on at a kiosk.
func (c *Client) KioskWork(ctx context.Context, kiosk string) (KioskWork, error) {
	var out KioskWork
	return out, c.call(ctx, http.MethodGet, "/kiosks/"+url.PathEscape(kiosk)+"/projects", nil, &out)
}

// SetKioskWork replaces it.
func (c *Client) SetKioskWork(ctx context.Context, kiosk string, w KioskWork) (KioskWork, error) {
	var out KioskWork
	return out, c.call(ctx, http.MethodPut, "/kiosks/"+url.PathEscape(kiosk)+"/projects", w, &out)
}

// PersonWork reads what a person may book on, and their break rule.
func (c *Client) PersonWork(ctx context.Context, person string) (PersonWork, error) {
	var out PersonWork
	return out, c.call(ctx, http.MethodGet, "/people/"+url.PathEscape(person)+"/work", nil, &out)
}

// SetPersonWork replaces it.
func (c *Client) SetPersonWork(ctx context.Context, person string, w PersonWork) (PersonWork, error) {
	var out PersonWork
	return out, c.call(ctx, http.MethodPut, "/people/"+url.PathEscape(person)+"/work", w, &out)
}

func projectPath(id string) string { return "/projects/" + url.PathEscape(id) }
