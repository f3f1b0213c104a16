package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Audited is one row of the audit log. Text is the action as people read it.
type Audited struct {
	Row         int64           `json:"row"`
	At          time.Time       `json:"at"`
	Actor       string          `json:"actor"`
	Action      string          `json:"action"`
	Subject     string          `json:"subject"`
	SubjectName string          `json:"subject_name,omitempty"` // what a person or kiosk is called today
	Text        string          `json:"text"`
	Detail      json.RawMessage `json:"detail"`
}

// AuditLog is a page of the audit log, the newest row first. Next, given as
// Before, goes on; 0: this is the end. Verified is how many rows were found to
// hold, BrokenRow the first that does not; 0: none.
type AuditLog struct {
	Rows      []Audited `json:"rows"`
	Next      int64     `json:"next,omitempty"`
	Verified  int64     `json:"verified_rows"`
	BrokenRow int64     `json:"broken_row,omitempty"`
}

// AuditFilter chooses rows of the audit log; zero values choose all.
type AuditFilter struct {
	Actor   string
	Action  string
	Subject string
	From    time.Time
	To      time.Time // exclusive
	Before  int64     // the row of the end of the page before
	Limit   int       // 1 to 1000; 0: 200
}

// Audit gives one page of the audit log.
func (c *Client) Audit(ctx context.Context, f AuditFilter) (AuditLog, error) {
	v := url.Values{}
	set(v, "actor", f.Actor)
	set(v, "action", f.Action)
	set(v, "subject", f.Subject)
	if !f.From.IsZero() {
		v.Set("from", f.From.UTC().Format(time.RFC3339Nano))
	}
	if !f.To.IsZero() {
		v.Set("to", f.To.UTC().Format(time.RFC3339Nano))
	}
	if f.Before != 0 {
		v.Set("before", strconv.FormatInt(f.Before, 10))
	}
	setInt(v, "limit", f.Limit)
	var out AuditLog
	return out, c.call(ctx, http.MethodGet, "/audit?"+v.Encode(), nil, &out)
}

// Settings is what owners decide for the whole organisation.
type Settings struct {
	Name         string    `json:"name"`
	Zone         string    `json:"zone"`          // IANA
	ExportOff    bool      `json:"export_off"`    // no PINs leave by an export
	RetainMonths int       `json:"retain_months"` // 0: for ever
	SealedUntil  string    `json:"sealed_until"`  // 2006-01-02, or empty
	MailRequests bool      `json:"mail_requests"` // of punches that people ask for
	Break        BreakRule `json:"break"`
	Look         Look      `json:"look"`
}

// SettingsEdit is the body of PATCH /settings; nil leaves a field as it is.
// Confirm says that an earlier SealedUntil, which opens days again, is meant.
type SettingsEdit struct {
	Name         *string    `json:"name,omitempty"`
	Zone         *string    `json:"zone,omitempty"`
	ExportOff    *bool      `json:"export_off,omitempty"`
	RetainMonths *int       `json:"retain_months,omitempty"`
	SealedUntil  *string    `json:"sealed_until,omitempty"`
	MailRequests *bool      `json:"mail_requests,omitempty"`
	Confirm      bool       `json:"confirm,omitempty"`
	Break        *BreakRule `json:"break,omitempty"`
	Look         *Look      `json:"look,omitempty"`
}

// Settings reads what owners have decided.
func (c *Client) Settings(ctx context.Context) (Settings, error) {
	var out Settings
	return out, c.call(ctx, http.MethodGet, "/settings", nil, &out)
}

// EditSettings changes what e names.
func (c *Client) EditSettings(ctx context.Context, e SettingsEdit) (Settings, error) {
	var out Settings
	return out, c.call(ctx, http.MethodPatch, "/settings", e, &out)
}
