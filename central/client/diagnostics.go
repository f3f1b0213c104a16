package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Diagnostics is an archive of what a kiosk told of its state.
type Diagnostics struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`   // when it came in
	Size int64     `json:"size"` // bytes
}

// DiagnosticsList is those of one kiosk, the newest first.
type DiagnosticsList struct {
	Archives []Diagnostics `json:"archives"`
}

// Diagnostics lists the archives of a kiosk.
func (c *Client) Diagnostics(ctx context.Context, kiosk string) (DiagnosticsList, error) {
	var out DiagnosticsList
	return out, c.call(ctx, http.MethodGet, "/kiosks/"+url.PathEscape(kiosk)+"/diagnostics", nil, &out)
}

// OpenDiagnostics reads one of them; the caller closes it.
func (c *Client) OpenDiagnostics(ctx context.Context, kiosk, id string) (io.ReadCloser, error) {
	res, err := c.do(ctx, http.MethodGet, "/kiosks/"+url.PathEscape(kiosk)+"/diagnostics/"+url.PathEscape(id), "", nil, "*/*")
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}
