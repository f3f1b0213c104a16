package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// PersonData gives everything that is kept of a person as a JSON file, which the
// caller closes. A file that is cut off ends in an error, not in an end of file.
func (c *Client) PersonData(ctx context.Context, id string) (io.ReadCloser, error) {
	res, err := c.do(ctx, http.MethodGet, "/people/"+url.PathEscape(id)+"/data", "", nil, "application/json")
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}
