package local

import (
	"context"
	"net/http"
)

// Hours gives the own hours of who is in a session.
func (c *Client) Hours(ctx context.Context, session string) (Hours, error) {
	var out Hours
	err := c.call(ctx, http.MethodPost, pathHours, wireEnd{session}, &out)
	return out, err
}

// Missed asks for a punch that was not made. An error that is problem.Unavailable
// leaves open whether that was recorded; the same may be asked again.
func (c *Client) Missed(ctx context.Context, m Missed) (Asked, error) {
	var out Asked
	err := c.call(ctx, http.MethodPost, pathMissed, m, &out)
	return out, err
}

// Unresolved ends a forgotten shift and gives the session as it then is. An error
// that is problem.Unavailable leaves open whether that was recorded.
func (c *Client) Unresolved(ctx context.Context, session string) (Session, error) {
	var out Session
	err := c.call(ctx, http.MethodPost, pathUnsolved, wireEnd{session}, &out)
	return out, err
}

// Undo takes the punch of a ticket back. An error that is problem.Unavailable
// leaves open whether that was recorded; it may be tried again.
func (c *Client) Undo(ctx context.Context, ticket string) (Undone, error) {
	var out Undone
	err := c.call(ctx, http.MethodPost, pathUndo, wireTicket{Ticket: ticket}, &out)
	return out, err
}

// Read notes that a message was seen.
func (c *Client) Read(ctx context.Context, ticket, message string) error {
	return c.call(ctx, http.MethodPost, pathRead, wireTicket{Ticket: ticket, Message: message}, &struct{}{})
}

// NotListed records a punch of somebody who is not listed. An error that is
// problem.Unavailable leaves open whether that was recorded.
func (c *Client) NotListed(ctx context.Context, n Newcomer) (Receipt, error) {
	var out Receipt
	err := c.call(ctx, http.MethodPost, pathUnlisted, n, &out)
	return out, err
}
