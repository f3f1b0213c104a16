package client

import (
	"context"
	"net/http"
	"net/url"
)

// Tokens lists the caller's API tokens, newest first.
func (c *Client) Tokens(ctx context.Context) (Tokens, error) {
	var out Tokens
	return out, c.call(ctx, http.MethodGet, "/tokens", nil, &out)
}

// RevokeToken closes one of the caller's API tokens for ever.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, "/tokens/"+url.PathEscape(id)+"/revoke", nil, &struct{}{})
}
