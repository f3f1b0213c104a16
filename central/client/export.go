package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// PINsHeader of an export's answer says whether the file has PINs: "included" or
// "left out".
const PINsHeader = "Timepost-Pins"

// ExportOrder is the body of POST /kiosks/{id}/export.
type ExportOrder struct {
	Format   string `json:"format,omitempty"`   // csv or xlsx; empty: csv
	Reason   string `json:"reason"`             // 10 to 200 characters
	Password string `json:"password,omitempty"` // of the token's account; empty: no PINs are asked for
}

// ExportAssignees gives a kiosk's assignees as a file, which the caller closes,
// and whether it has their PINs.
func (c *Client) ExportAssignees(ctx context.Context, kiosk string, o ExportOrder) (file io.ReadCloser, pins bool, err error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, false, fmt.Errorf("encode request: %w", err)
	}
	res, err := c.do(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/export", "application/json", bytes.NewReader(b), "*/*")
	if err != nil {
		return nil, false, err
	}
	return res.Body, res.Header.Get(PINsHeader) == "included", nil
}
