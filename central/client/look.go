package client

import (
	"context"
	"io"
	"net/http"
)

// Look is how touchscreens present themselves. The zero Look is light, silent and
// of normal size.
type Look struct {
	Theme     string `json:"theme,omitempty"` // light, dark or contrast; empty: light
	LargeText bool   `json:"large_text,omitempty"`
	Accent    string `json:"accent,omitempty"` // #rrggbb; empty: ours
	Sounds    bool   `json:"sounds,omitempty"`
	Spoken    bool   `json:"spoken,omitempty"`     // receipts are read out
	NightFrom string `json:"night_from,omitempty"` // HH:MM in the kiosk's zone: the screen is dimmed until NightTo
	NightTo   string `json:"night_to,omitempty"`
}

// SetLogo makes a picture, PNG or JPEG, the logo on touchscreens.
func (c *Client) SetLogo(ctx context.Context, picture io.Reader) (Settings, error) {
	var out Settings
	return out, c.send(ctx, http.MethodPut, "/settings/logo", "image/png", picture, &out)
}

// RemoveLogo has touchscreens show the organisation's name again.
func (c *Client) RemoveLogo(ctx context.Context) (Settings, error) {
	var out Settings
	return out, c.call(ctx, http.MethodDelete, "/settings/logo", nil, &out)
}
