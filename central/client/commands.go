package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Command is something that a kiosk is told to do.
type Command struct {
	N       uint64    `json:"number"` // within the kiosk
	Verb    string    `json:"verb"`
	Text    string    `json:"text,omitempty"`
	Minutes int       `json:"minutes,omitempty"`
	Force   bool      `json:"force,omitempty"`
	State   string    `json:"state"` // waiting, sent, running, done, failed, expired, cancelled
	Said    string    `json:"said,omitempty"`
	AskedBy string    `json:"asked_by"`
	AskedAt time.Time `json:"asked_at"`
	Expires time.Time `json:"expires,omitzero"`
	SentAt  time.Time `json:"sent_at,omitzero"`
	BegunAt time.Time `json:"begun_at,omitzero"`
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// CommandList is those of one kiosk, the newest first.
type CommandList struct {
	Commands []Command `json:"commands"`
}

// NewCommand asks for one.
type NewCommand struct {
	Verb    string `json:"verb"`
	Text    string `json:"text,omitempty"`    // of message
	Minutes int    `json:"minutes,omitempty"` // of message: how long; 0: an hour
}

// Command tells a kiosk to do something.
func (c *Client) Command(ctx context.Context, kiosk string, n NewCommand) (Command, error) {
	var out Command
	return out, c.call(ctx, http.MethodPost, commandsPath(kiosk), n, &out)
}

// Commands lists the newest commands of a kiosk.
func (c *Client) Commands(ctx context.Context, kiosk string) (CommandList, error) {
	var out CommandList
	return out, c.call(ctx, http.MethodGet, commandsPath(kiosk), nil, &out)
}

// FindCommand gives one of them.
func (c *Client) FindCommand(ctx context.Context, kiosk string, n uint64) (Command, error) {
	var out Command
	return out, c.call(ctx, http.MethodGet, commandPath(kiosk, n), nil, &out)
}

// NewWipe asks that a machine forgets that it was a kiosk.
type NewWipe struct {
	Confirm string `json:"confirm"`         // the kiosk's name
	Force   bool   `json:"force,omitempty"` // also where punches on it are lost by that
}

// Wipe has a kiosk's machine forget its keys, people and punches, once it is connected
// and central has everything, or at once with force.
func (c *Client) Wipe(ctx context.Context, kiosk string, n NewWipe) (Command, error) {
	var out Command
	return out, c.call(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/wipe", n, &out)
}

// CancelCommand takes one back that has not begun.
func (c *Client) CancelCommand(ctx context.Context, kiosk string, n uint64) (Command, error) {
	var out Command
	return out, c.call(ctx, http.MethodPost, commandPath(kiosk, n)+"/cancel", nil, &out)
}

func commandsPath(kiosk string) string { return "/kiosks/" + url.PathEscape(kiosk) + "/commands" }

func commandPath(kiosk string, n uint64) string {
	return commandsPath(kiosk) + "/" + strconv.FormatUint(n, 10)
}
