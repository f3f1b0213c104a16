package client

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
)

// What Punch.Status says.
const (
	PunchRecorded  = "recorded"  // as the kiosk recorded it
	PunchCorrected = "corrected" // what holds is in the fields that begin with corrected
	PunchAdded     = "added"     // no kiosk recorded it
	PunchVoid      = "void"      // it does not count
)

// NewPunch is the body of POST /punches. The time is either At, or a day and a time
// of day (2006-01-02 and 15:04) where the kiosk is, or the person.
type NewPunch struct {
	Person  string            `json:"person"`
	Kiosk   string            `json:"kiosk,omitempty"`
	Action  attendance.Action `json:"action"`
	At      *time.Time        `json:"at,omitempty"`
	Day     string            `json:"day,omitempty"`
	Time    string            `json:"time,omitempty"`
	Project string            `json:"project,omitempty"`
	Note    string            `json:"note,omitempty"`
	Reason  string            `json:"reason"` // 3 to 200 characters
}

// PunchEdit is the body of POST /punches/{id}/correct: what is left out stays as it
// holds. Seen is the Change that was read with the punch, 0 for none: with it the
// call is refused where somebody else was faster.
type PunchEdit struct {
	Action  attendance.Action `json:"action,omitempty"`
	At      *time.Time        `json:"at,omitempty"`
	Day     string            `json:"day,omitempty"`
	Time    string            `json:"time,omitempty"`
	Project *string           `json:"project,omitempty"`
	Note    *string           `json:"note,omitempty"`
	Reason  string            `json:"reason"`
	Seen    *int64            `json:"seen,omitempty"`
}

// VoidPunch is the body of POST /punches/{id}/void. Seen is as of PunchEdit.
type VoidPunch struct {
	Reason string `json:"reason"`
	Seen   *int64 `json:"seen,omitempty"`
}

// AddPunch adds a punch that no kiosk recorded.
func (c *Client) AddPunch(ctx context.Context, p NewPunch) (Punch, error) {
	var out Punch
	return out, c.call(ctx, http.MethodPost, "/punches", p, &out)
}

// CorrectPunch gives a punch other values; a void one counts again.
func (c *Client) CorrectPunch(ctx context.Context, id int64, e PunchEdit) (Punch, error) {
	var out Punch
	return out, c.call(ctx, http.MethodPost, "/punches/"+strconv.FormatInt(id, 10)+"/correct", e, &out)
}

// VoidPunch says that a punch does not count.
func (c *Client) VoidPunch(ctx context.Context, id int64, v VoidPunch) (Punch, error) {
	var out Punch
	return out, c.call(ctx, http.MethodPost, "/punches/"+strconv.FormatInt(id, 10)+"/void", v, &out)
}
