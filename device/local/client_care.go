package local

import (
	"context"
	"net/http"
)

// Caretakers gives who may open Maintenance.
func (c *Client) Caretakers(ctx context.Context) ([]PersonCard, error) {
	var out []PersonCard
	err := c.call(ctx, http.MethodGet, pathKeepers, nil, &out)
	return out, err
}

// Care tries to open Maintenance.
func (c *Client) Care(ctx context.Context, a Attempt) (Condition, error) {
	w := wireAttempt{Person: a.Person}
	if !a.PIN.IsZero() {
		w.PIN = a.PIN.Reveal() // as in Identify
	}
	var out Condition
	err := c.call(ctx, http.MethodPost, pathCare, w, &out)
	return out, err
}

// Condition tells how the kiosk is doing.
func (c *Client) Condition(ctx context.Context, session string) (Condition, error) {
	var out Condition
	err := c.call(ctx, http.MethodPost, pathHealth, wireEnd{session}, &out)
	return out, err
}

// Facts tells how the kiosk is doing, without a session.
func (c *Client) Facts(ctx context.Context) (Condition, error) {
	var out Condition
	err := c.call(ctx, http.MethodGet, pathFacts, nil, &out)
	return out, err
}

// RollCall gives who is in or on a break.
func (c *Client) RollCall(ctx context.Context, session string) (RollCall, error) {
	var out RollCall
	err := c.call(ctx, http.MethodPost, pathRollCall, wireEnd{session}, &out)
	return out, err
}

// SyncNow talks to central and waits for how that ends.
func (c *Client) SyncNow(ctx context.Context, session string) error {
	return c.call(ctx, http.MethodPost, pathSync, wireEnd{session}, &struct{}{})
}

// Restart ends kioskd; its keeper starts it again.
func (c *Client) Restart(ctx context.Context, session string) error {
	return c.call(ctx, http.MethodPost, pathRestart, wireEnd{session}, &struct{}{})
}

// Diagnose hands in at central how this kiosk does.
func (c *Client) Diagnose(ctx context.Context, session string) error {
	return c.call(ctx, http.MethodPost, pathDiagnose, wireEnd{session}, &struct{}{})
}

// Diagnostics gives the archive of diagnostics; with send it is handed in, too.
func (c *Client) Diagnostics(ctx context.Context, send bool) ([]byte, error) {
	var out wireArchive
	err := c.call(ctx, http.MethodPost, pathArchive, wireArchive{Send: send}, &out)
	return out.Body, err
}

// LearnReader waits for a card at a device that is no reader yet.
func (c *Client) LearnReader(ctx context.Context, session string) (Reader, error) {
	var out Reader
	err := c.call(ctx, http.MethodPost, pathReader, wireEnd{session}, &out)
	return out, err
}
