package httplink

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"

	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// handInTime is for a body of 8 MiB over a slow line.
const handInTime = 3 * time.Minute

// HandIn posts what kind says to the device listener at addr (host:port) under one of roots.
// Header is what wire.SignUpload gave for the body. The answer is read into out.
func (c *Client) HandIn(ctx context.Context, addr string, roots []*x509.Certificate, kind wire.UploadKind, header string, body []byte, out any) error {
	req, err := http.NewRequest(http.MethodPost, "https://"+addr+kind.Path(), bytes.NewReader(body))
	if err != nil {
		return badAddress(err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set(wire.UploadHeader, header)
	pinned := trust.Config{Roots: roots, Built: c.cfg.Built, Anchored: c.cfg.Anchored}
	if err := c.callWithin(ctx, handInTime, pinned.Client, req, out); err != nil {
		return fmt.Errorf("hand in %s at %s: %w", kind, addr, err)
	}
	return nil
}
