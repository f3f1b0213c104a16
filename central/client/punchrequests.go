package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
)

// PunchRequest is a punch that somebody says is missing, and what was decided.
type PunchRequest struct {
	ID          int64             `json:"id"`
	Person      string            `json:"person"`
	PersonName  string            `json:"person_name,omitempty"` // empty: nobody has that id
	Kiosk       string            `json:"kiosk"`
	KioskName   string            `json:"kiosk_name"`
	Action      attendance.Action `json:"action"`
	At          time.Time         `json:"at"`   // by the person's word
	Zone        string            `json:"zone"` // the kiosk's
	Project     string            `json:"project,omitempty"`
	ProjectName string            `json:"project_name,omitempty"`
	Reason      string            `json:"reason"`   // the person's own
	Asked       time.Time         `json:"asked_at"` // by the kiosk's clock
	Decision    string            `json:"decision,omitempty"`
	Answer      string            `json:"answer,omitempty"` // why it was refused
	Decided     time.Time         `json:"decided_at,omitzero"`
	By          string            `json:"decided_by,omitempty"`
	Entry       int64             `json:"entry,omitempty"`  // the punch that was added
	Read        time.Time         `json:"read_at,omitzero"` // when the person saw the answer
}

// PunchRequests is one page of them.
type PunchRequests struct {
	Requests []PunchRequest `json:"requests"`
	More     bool           `json:"more"`
}

// RequestEdit is the body of POST /punch-requests/{id}/approve: what is left out is
// as it was asked for.
type RequestEdit struct {
	Action  attendance.Action `json:"action,omitempty"`
	At      *time.Time        `json:"at,omitempty"`
	Day     string            `json:"day,omitempty"`
	Time    string            `json:"time,omitempty"`
	Project *string           `json:"project,omitempty"`
	Note    *string           `json:"note,omitempty"`
}

// Refusal is the body of POST /punch-requests/{id}/refuse.
type Refusal struct {
	Answer string `json:"answer"` // 3 to 200 characters; the person reads it
}

// PunchRequests reads what people ask for, the oldest first, or what was decided,
// the last first.
func (c *Client) PunchRequests(ctx context.Context, decided bool, offset, limit int) (PunchRequests, error) {
	state := "open"
	if decided {
		state = "decided"
	}
	v := url.Values{"state": {state}, "offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)}}
	var out PunchRequests
	return out, c.call(ctx, http.MethodGet, "/punch-requests?"+v.Encode(), nil, &out)
}

// ApproveRequest adds the punch that somebody asks for.
func (c *Client) ApproveRequest(ctx context.Context, id int64, e RequestEdit) (PunchRequest, error) {
	var out PunchRequest
	return out, c.call(ctx, http.MethodPost, "/punch-requests/"+strconv.FormatInt(id, 10)+"/approve", e, &out)
}

// RefuseRequest says why there will be no such punch.
func (c *Client) RefuseRequest(ctx context.Context, id int64, answer string) (PunchRequest, error) {
	var out PunchRequest
	return out, c.call(ctx, http.MethodPost, "/punch-requests/"+strconv.FormatInt(id, 10)+"/refuse", Refusal{answer}, &out)
}
