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
	Default       string     `json:"default,omitempty"`
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
