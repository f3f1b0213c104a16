package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// KioskProblem is something wrong with a kiosk.
type KioskProblem struct {
	Kind     string `json:"kind"`     // such as silent, queue, clock
	Severity string `json:"severity"` // critical or warning
	Words    string `json:"words"`
	Next     string `json:"next"` // what to do
}

// KioskHealth is how a kiosk's machine does. What it does not tell is left out.
type KioskHealth struct {
	At          time.Time `json:"at"` // when it told
	Software    string    `json:"software"`
	Started     time.Time `json:"started"` // by its own clock
	UptimeS     int64     `json:"uptime_s"`
	Queue       int       `json:"queue"`
	OldestS     int64     `json:"oldest_s,omitempty"` // age of the oldest record that waits
	OffsetMS    int64     `json:"offset_ms"`          // its clock is ahead by
	Synced      bool      `json:"synced"`
	Roster      uint64    `json:"roster"`
	DiskFree    int64     `json:"disk_free,omitempty"`
	DiskSize    int64     `json:"disk_size,omitempty"`
	Memory      int64     `json:"memory,omitempty"`
	HeatC       *float64  `json:"heat_c,omitempty"`
	Certificate time.Time `json:"certificate,omitzero"` // its end
	KeyTier     string    `json:"key_tier,omitempty"`
	BcryptMS    int64     `json:"bcrypt_ms,omitempty"`
	Readers     int       `json:"readers"`
	Attached    int       `json:"attached"`
	Screens     int       `json:"screens"`
	Refused     uint64    `json:"refused"` // messages not believed

	Settings   *SettingsState      `json:"settings,omitempty"`   // those it should have; nil: none yet
	Unfollowed []UnfollowedSetting `json:"unfollowed,omitempty"` // of the settings in force there
}

// How the newest settings of a kiosk stand.
const (
	SettingsInForce = "in_force"
	SettingsWaiting = "waiting" // the kiosk has not told that it has them
	SettingsRefused = "refused" // it has them, and can't follow those of Unfollowed
)

// SettingsState is how the newest settings of a kiosk stand.
type SettingsState struct {
	State    string    `json:"state"`
	Version  uint64    `json:"version"`  // of the roster that brought them
	Reported uint64    `json:"reported"` // of the roster that the kiosk told of last
	Changed  time.Time `json:"changed,omitzero"`
	Since    time.Time `json:"since,omitzero"` // when it first told that it has them
}

// UnfollowedSetting is a setting that a kiosk can't follow; Value is what was asked for.
type UnfollowedSetting struct {
	Setting string `json:"setting"`
	Value   string `json:"value"`
}

// KioskHealth reads how a kiosk's machine does; problem.NotFound where it never told.
func (c *Client) KioskHealth(ctx context.Context, kiosk string) (KioskHealth, error) {
	var out KioskHealth
	return out, c.call(ctx, http.MethodGet, "/kiosks/"+url.PathEscape(kiosk)+"/health", nil, &out)
}
