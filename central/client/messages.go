package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Message is a message on the touchscreens.
type Message struct {
	ID          int64     `json:"id"`
	Audience    string    `json:"audience"`               // all, kiosk, team or person
	Subject     string    `json:"subject,omitempty"`      // the kiosk's id, the team's name, the person's id
	SubjectName string    `json:"subject_name,omitempty"` // of a kiosk or a person
	Text        string    `json:"text"`
	From        time.Time `json:"from,omitzero"`
	Until       time.Time `json:"until,omitzero"`
	Made        time.Time `json:"made_at"`
	By          string    `json:"made_by"`
	Ended       time.Time `json:"ended_at,omitzero"`
	EndedBy     string    `json:"ended_by,omitempty"`
	Reads       int       `json:"reads"` // people who have seen it
}

// Messages is one page of them.
type Messages struct {
	Messages []Message `json:"messages"`
	More     bool      `json:"more"`
}

// NewMessage is the body of POST /messages. Without From it is shown at once, without
// Until until it is ended.
type NewMessage struct {
	Audience string     `json:"audience"`
	Subject  string     `json:"subject,omitempty"`
	Text     string     `json:"text"`
	From     *time.Time `json:"from,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
}

// Messages reads those that run, or those that are over, the newest first.
func (c *Client) Messages(ctx context.Context, over bool, offset, limit int) (Messages, error) {
	state := "running"
	if over {
		state = "over"
	}
	v := url.Values{"state": {state}, "offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)}}
	var out Messages
	return out, c.call(ctx, http.MethodGet, "/messages?"+v.Encode(), nil, &out)
}

// PostMessage posts a message.
func (c *Client) PostMessage(ctx context.Context, m NewMessage) (Message, error) {
	var out Message
	return out, c.call(ctx, http.MethodPost, "/messages", m, &out)
}

// EndMessage takes a message off the kiosks.
func (c *Client) EndMessage(ctx context.Context, id int64) (Message, error) {
	var out Message
	return out, c.call(ctx, http.MethodPost, "/messages/"+strconv.FormatInt(id, 10)+"/end", nil, &out)
}
