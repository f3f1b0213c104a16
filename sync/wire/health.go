package wire

import (
	"math"

	"github.com/timepost/timepost/internal/problem"
)

// TypeHealth is what a kiosk tells of its machine each round, on up/health: Health.
// It is lossy: the next one says it again.
const TypeHealth Type = "health"

// UpHealth carries Health, QoS 0.
const UpHealth Channel = "up/health"

// Health is how a kiosk's machine does. Instants are unix milliseconds, 0 for
// never; sizes are bytes, 0 where the machine does not tell them.
type Health struct {
	Software string `json:"software"`
	TZData   string `json:"tzdata,omitempty"` // version of the zone rules
	At       int64  `json:"at"`               // the kiosk's clock
	Started  int64  `json:"started"`          // since when the daemon runs
	Uptime   int64  `json:"uptime"`           // seconds since the machine's boot

	Queue  int   `json:"queue"`            // records central has not acknowledged
	Oldest int64 `json:"oldest,omitempty"` // when the oldest of them was made

	Offset int64 `json:"offset"`           // ms its clock was ahead of central's at the last welcome
	Synced bool  `json:"synced,omitempty"` // the kernel believes the clock

	Gen     uint64 `json:"gen"`
	Roster  uint64 `json:"roster"`
	Fetched int64  `json:"fetched,omitempty"` // when the roster was last known to be up to date

	DiskFree int64 `json:"disk_free,omitempty"`
	DiskSize int64 `json:"disk_size,omitempty"`
	Memory   int64 `json:"memory,omitempty"`      // resident, of the daemon
	Heat     *int  `json:"heat,omitempty"`        // thousandths of a degree Celsius, the hottest zone
	Cert     int64 `json:"certificate,omitempty"` // the end of the certificate in use

	KeyTier  string `json:"key_tier,omitempty"`  // where the keys are kept
	BcryptMS int64  `json:"bcrypt_ms,omitempty"` // how long a comparison of a PIN takes here

	Readers  int `json:"readers,omitempty"`  // badge readers that were chosen
	Attached int `json:"attached,omitempty"` // those of them that are plugged in
	Screens  int `json:"screens,omitempty"`  // touchscreen programs that listen to the daemon

	Refused uint64 `json:"refused,omitempty"` // messages not believed since the daemon's start

	Unfollowed []Unfollowed `json:"unfollowed,omitempty"` // of the settings in force
}

// The bounds of what a kiosk may say of itself.
const (
	maxHealthText = 200
	maxHeat       = 200_000
)

// Validate says what no kiosk can mean: problem.Invalid.
func (h Health) Validate() error {
	for _, n := range []int64{
		h.At, h.Started, h.Uptime, h.Oldest, h.Fetched, h.DiskFree, h.DiskSize, h.Memory, h.Cert, h.BcryptMS,
		int64(h.Queue), int64(h.Readers), int64(h.Attached), int64(h.Screens),
	} {
		if n < 0 {
			return problem.New(problem.Invalid, "A number in this health message is below zero.", "")
		}
	}
	if len(h.Software) > maxHealthText || len(h.TZData) > maxHealthText || len(h.KeyTier) > maxHealthText {
		return problem.New(problem.Invalid, "A text in this health message is too long.", "")
	}
	if h.Heat != nil && (*h.Heat < -maxHeat || *h.Heat > maxHeat) || h.Offset == math.MinInt64 || h.Roster > math.MaxInt64 || h.Gen > math.MaxInt64 {
		return problem.New(problem.Invalid, "A number in this health message is out of bounds.", "")
	}
	return validateUnfollowed(h.Unfollowed)
}
