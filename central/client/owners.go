package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// ErasePerson takes name, number, team and language from an archived person, for good.
func (c *Client) ErasePerson(ctx context.Context, id string) (ChangedPerson, error) {
	var out ChangedPerson
	return out, c.call(ctx, http.MethodPost, "/people/"+url.PathEscape(id)+"/erase", nil, &out)
}

// Imports lists the newest imports of people, the newest first.
func (c *Client) Imports(ctx context.Context) (Imports, error) {
	var out Imports
	return out, c.call(ctx, http.MethodGet, "/imports", nil, &out)
}

// UndoImport takes back everybody whom an import made; the answer is as of Imports.
func (c *Client) UndoImport(ctx context.Context, id int64) (Imports, error) {
	var out Imports
	return out, c.call(ctx, http.MethodPost, "/imports/"+strconv.FormatInt(id, 10)+"/undo", nil, &out)
}
