package client

import (
	"context"
	"net/http"
)

// Webhook says where alerts are posted.
type Webhook struct {
	URL    string `json:"url"`              // empty: nowhere
	Inside bool   `json:"inside"`           // it may be an address of a private network
	Secret string `json:"secret,omitempty"` // of the signatures; in the answer to a change only
}

// Webhook reads where alerts are posted.
func (c *Client) Webhook(ctx context.Context) (Webhook, error) {
	var out Webhook
	return out, c.call(ctx, http.MethodGet, "/settings/webhook", nil, &out)
}

// SetWebhook changes it; the answer has the new secret.
func (c *Client) SetWebhook(ctx context.Context, w Webhook) (Webhook, error) {
	var out Webhook
	return out, c.call(ctx, http.MethodPut, "/settings/webhook", w, &out)
}

// TestWebhook posts a test message.
func (c *Client) TestWebhook(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/settings/webhook/test", nil, nil)
}
