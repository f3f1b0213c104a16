package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Claimed is the punch that something under review tells of.
type Claimed struct {
	Person     string    `json:"person"`
	PersonName string    `json:"person_name,omitempty"` // empty: this server does not know them
	TypedName  string    `json:"typed_name,omitempty"`  // of kind newcomer: what they typed at the kiosk
	Action     string    `json:"action"`
	At         time.Time `json:"at"` // by the kiosk's clock
	Zone       string    `json:"zone"`
	Project    string    `json:"project,omitempty"`
	Note       string    `json:"note,omitempty"`
}

// Review is something that did not come in the usual way, and what was decided
// about it.
type Review struct {
	Kind      string    `json:"kind"`
	Subject   string    `json:"subject"`
	Noticed   time.Time `json:"noticed_at"`
	Kiosk     string    `json:"kiosk"`
	KioskName string    `json:"kiosk_name"`
	Journal   string    `json:"journal"`
	Seq       uint64    `json:"seq"`
	To        uint64    `json:"to_seq,omitempty"` // of a gap
	Fault     string    `json:"fault,omitempty"`  // why a record was set aside
	Type      string    `json:"type,omitempty"`   // of the record; empty: it can't be read
	Punch     *Claimed  `json:"punch,omitempty"`
	Decision  string    `json:"decision,omitempty"` // match, accept or refuse
	Reason    string    `json:"reason,omitempty"`
	Decided   time.Time `json:"decided_at,omitzero"`
	By        string    `json:"decided_by,omitempty"`
	Entry     int64     `json:"entry,omitempty"` // that was added or voided by it
}

// Reviews is one page of them.
type Reviews struct {
	Reviews []Review `json:"reviews"`
	More    bool     `json:"more"`
}

// Verdict is the body of POST /reviews/{kind}/{subject}. Person is whose punch it
// is, of the decision match.
type Verdict struct {
	Decision string `json:"decision"`
	Person   string `json:"person,omitempty"`
	Reason   string `json:"reason"`
}

// Reviews reads what there is to decide, or what was decided, the newest first.
func (c *Client) Reviews(ctx context.Context, decided bool, offset, limit int) (Reviews, error) {
	state := "open"
	if decided {
		state = "decided"
	}
	v := url.Values{"state": {state}, "offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)}}
	var out Reviews
	return out, c.call(ctx, http.MethodGet, "/reviews?"+v.Encode(), nil, &out)
}

// Decide decides about one of them.
func (c *Client) Decide(ctx context.Context, kind, subject string, d Verdict) (Review, error) {
	var out Review
	return out, c.call(ctx, http.MethodPost, "/reviews/"+url.PathEscape(kind)+"/"+url.PathEscape(subject), d, &out)
}
