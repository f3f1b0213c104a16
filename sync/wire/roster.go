package wire

import (
	"fmt"

	"github.com/timepost/timepost/attendance"
)

// SealedPIN is a PIN hash that only one kiosk can open.
type SealedPIN struct {
	Version uint64 `json:"version"`
	Len     int    `json:"len"`
	Sealed  []byte `json:"sealed"`
}

// PersonRow is a person as a kiosk knows them. Owners and admins are in every
// kiosk's roster; Listed is false where they are not assigned.
type PersonRow struct {
	attendance.Person
	Listed        bool       `json:"listed"`
	PIN           *SealedPIN `json:"pin,omitempty"` // nil while the hash is still being made
	UnlockVersion uint64     `json:"unlock_version"`
	Projects      []string   `json:"projects,omitempty"`
	Default       string     `json:"default,omitempty"` // the project an In books on; empty: the kiosk's
	Badges        []string   `json:"badges,omitempty"`  // canonical forms
	Break         *BreakRule `json:"break,omitempty"`   // nil: the organisation's
}

// BreakRule is what a kiosk says about breaks. It warns, and refuses nothing.
type BreakRule struct {
	Least int `json:"least,omitempty"` // minutes: who ends a break sooner is asked whether they mean it; 0: no warning
	Due   int `json:"due,omitempty"`   // minutes of work without a break after which one is due; 0: never
}

// UniversalRow is the kiosk's Universal PIN; its ID is the kiosk's.
type UniversalRow struct {
	PIN SealedPIN `json:"pin"`
}

// ProjectRow is a project that may be booked on at this kiosk.
type ProjectRow struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// MessageRow is a text from central, for one person or for everybody here. It is
// shown to each person once, after a receipt.
type MessageRow struct {
	ID     string `json:"id"`
	Person string `json:"person,omitempty"` // empty: everybody
	Text   string `json:"text"`             // at most MaxText bytes
	From   int64  `json:"from,omitempty"`   // unix seconds; 0: at once
	Until  int64  `json:"until,omitempty"`  // unix seconds; 0: for ever
}

// MaxText bounds a message's text, and MaxLogo a logo, in bytes.
const (
	MaxText = 500
	MaxLogo = 24 << 10
)

// LogoRow is the organisation's logo; its ID is "logo".
type LogoRow struct {
	PNG []byte `json:"png"` // at most MaxLogo bytes, 512 by 512 pixels
}

// BadgePolicy is what a card is good for at a kiosk.
type BadgePolicy string

// The policies. With BadgeOnly a card punches by itself; with BadgeAndPIN it only
// says who stands here. Names and PINs go on working beside both.
const (
	BadgeOff    BadgePolicy = ""
	BadgeOnly   BadgePolicy = "badge"
	BadgeAndPIN BadgePolicy = "badge_pin"
)

// Look is how the touchscreen presents itself. The zero value is light, silent
// and of normal size.
type Look struct {
	Theme     string `json:"theme,omitempty"`      // light, dark, contrast; empty: light
	LargeText bool   `json:"large_text,omitempty"` //
	Accent    string `json:"accent,omitempty"`     // #rrggbb; empty: ours
	Sounds    bool   `json:"sounds,omitempty"`
	Spoken    bool   `json:"spoken,omitempty"`     // receipts are read out
	NightFrom string `json:"night_from,omitempty"` // HH:MM in the kiosk's zone, with NightTo: the screen is dimmed between
	NightTo   string `json:"night_to,omitempty"`
}

// Habits is how the kiosk lets people find themselves and what it offers. The
// zero value shows the list of names with where everybody stands.
type Habits struct {
	HideRoster bool        `json:"hide_roster,omitempty"` // no names: search by three letters or more, or the staff number
	HideStatus bool        `json:"hide_status,omitempty"` // nobody sees whether others are in
	NotListed  bool        `json:"not_listed,omitempty"`  // offers "I'm not listed"
	TeamFilter bool        `json:"team_filter,omitempty"` // names by team
	BadgeFirst bool        `json:"badge_first,omitempty"` // Idle asks for the card; names are one touch further
	Badges     BadgePolicy `json:"badges,omitempty"`
	Double     int         `json:"double,omitempty"` // seconds within which a second punch asks back; 0: DoubleWithin; negative: never
}

// DoubleWithin is how soon, in seconds, a second punch of the same person is taken
// for a slip.
const DoubleWithin = 60

// SettingsRow is what the organisation decided for this kiosk; its ID is "kiosk".
type SettingsRow struct {
	OrgName     string `json:"org_name"`
	KioskName   string `json:"kiosk_name"`
	Zone        string `json:"zone"` // IANA
	RequiresPIN bool   `json:"requires_pin"`
	Schedule    string `json:"schedule"`       // cron expression; empty: every minute
	Mode        string `json:"mode"`           // live or scheduled
	Lang        string `json:"lang,omitempty"` // BCP 47, while nobody is identified; empty: the screen's own
	// UniversalReason: a punch with the Universal PIN needs a note saying why.
	UniversalReason bool `json:"universal_reason,omitempty"`
	// Project is the one an In books on where the person has none of their own.
	Project string    `json:"project,omitempty"`
	Break   BreakRule `json:"break,omitzero"`
	Look    Look      `json:"look,omitzero"`
	Habits  Habits    `json:"habits,omitzero"`
}

// PutRow gives the row that puts v, one of the types above, under kind and id.
// Its bytes are not HTML-escaped: they are the same before and after the wire.
func PutRow(kind, id string, v any) (Row, error) {
	put, err := marshal(v)
	if err != nil {
		return Row{}, fmt.Errorf("encode %s row: %w", kind, err)
	}
	return Row{Kind: kind, ID: id, Put: put}, nil
}
