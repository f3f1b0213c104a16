package client

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// MailSettings is how the organisation sends mail. A password is only ever sent
// there: nil leaves it as it is.
type MailSettings struct {
	Host        string  `json:"host"` // empty: no mail is sent
	Port        int     `json:"port"`
	Security    string  `json:"security"` // starttls, tls or none
	User        string  `json:"user"`
	Password    *string `json:"password,omitempty"`
	HasPassword bool    `json:"has_password,omitempty"` // only in answers
	From        string  `json:"from"`
	Site        string  `json:"site"`
}

// Mail is one mail as the API shows it.
type Mail struct {
	ID        int64     `json:"id"`
	State     string    `json:"state"` // queued, sent or dead
	Recipient string    `json:"recipient"`
	Subject   string    `json:"subject"`
	Created   time.Time `json:"created_at"`
	Due       time.Time `json:"due_at,omitzero"`
	Sent      time.Time `json:"sent_at,omitzero"`
	Dead      time.Time `json:"dead_at,omitzero"`
	Tries     int       `json:"tries"`
	Fault     string    `json:"fault,omitempty"` // of the last try
}

// Mails is one page of mails in one state.
type Mails struct {
	Mails []Mail `json:"mails"`
	Total int    `json:"total"`
}

// PINRequest is somebody's Forgot your PIN? that nobody has answered yet.
type PINRequest struct {
	ID         int64     `json:"id"`
	Person     string    `json:"person"`
	PersonName string    `json:"person_name"`
	Kiosk      string    `json:"kiosk"`
	KioskName  string    `json:"kiosk_name"`
	At         time.Time `json:"at"` // by the kiosk's clock
}

// PINRequests is one page of open requests.
type PINRequests struct {
	Requests []PINRequest `json:"requests"`
	Total    int          `json:"total"`
}

// TestMail is the body of POST /settings/mail/test.
type TestMail struct {
	To string `json:"to"`
}

// MailSettings reads how mail is sent.
func (c *Client) MailSettings(ctx context.Context) (MailSettings, error) {
	var out MailSettings
	return out, c.call(ctx, http.MethodGet, "/settings/mail", nil, &out)
}

// SetMailSettings changes how mail is sent.
func (c *Client) SetMailSettings(ctx context.Context, s MailSettings) (MailSettings, error) {
	var out MailSettings
	s.HasPassword = false
	return out, c.call(ctx, http.MethodPut, "/settings/mail", s, &out)
}

// TestMail sends a mail at once, and fails as the mail server does.
func (c *Client) TestMail(ctx context.Context, to string) error {
	var out struct{}
	return c.call(ctx, http.MethodPost, "/settings/mail/test", TestMail{To: to}, &out)
}

// Mails reads the newest mails in a state.
func (c *Client) Mails(ctx context.Context, state string) (Mails, error) {
	var out Mails
	return out, c.call(ctx, http.MethodGet, "/mails?state="+state, nil, &out)
}

// PINRequests reads the oldest open requests.
func (c *Client) PINRequests(ctx context.Context) (PINRequests, error) {
	var out PINRequests
	return out, c.call(ctx, http.MethodGet, "/pin-requests", nil, &out)
}

// DismissPINRequest closes a request without a new PIN.
func (c *Client) DismissPINRequest(ctx context.Context, id int64) error {
	var out struct{}
	return c.call(ctx, http.MethodPost, "/pin-requests/"+strconv.FormatInt(id, 10)+"/dismiss", nil, &out)
}
