package health

import (
	"log/slog"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/wire"
)

// Talk is how the conversation with central stands.
type Talk struct {
	Queue   int           // records central has not acknowledged
	Oldest  int64         // when the oldest of them was made, unix ms; 0: there is none
	Offset  time.Duration // this clock minus central's, at the last welcome
	Gen     uint64
	Roster  uint64
	Fetched int64  // when the roster was last known to be up to date, unix ms
	Refused uint64 // messages not believed since the start
}

// Machine tells of the hardware. Errors leave the value out.
type Machine interface {
	Heat() (milli int, ok bool)
	Memory() (bytes int64, err error)
	Disk() (free, size int64, err error)
	Readers() (chosen, attached int)
	Screens() int
}

// Config is what a Collector stands on; every field is needed.
type Config struct {
	Software string
	KeyTier  string
	Bcrypt   time.Duration // of one comparison of a PIN here
	Started  time.Time
	CertEnd  func() time.Time // of the certificate in use
	Stamp    func() attendance.Stamp
	Machine  Machine
	Logger   *slog.Logger
}

// Collector gives Health.
type Collector struct {
	cfg Config

	mu     sync.Mutex
	silent map[string]bool // what has failed since it last worked
}

// New gives a Collector.
func New(c Config) *Collector { return &Collector{cfg: c, silent: map[string]bool{}} }

// Health gives how this kiosk does now. t may lack what could not be read, err
// then says so.
func (c *Collector) Health(t Talk, err error) wire.Health {
	stamp := c.cfg.Stamp()
	h := wire.Health{
		Software: c.cfg.Software, KeyTier: c.cfg.KeyTier, BcryptMS: c.cfg.Bcrypt.Milliseconds(), TZData: stamp.TZData,
		At: max(stamp.Time().UnixMilli(), 0), Started: max(c.cfg.Started.UnixMilli(), 0),
		Uptime: stamp.Boot / int64(time.Second), Synced: stamp.Synchronised(), Screens: c.cfg.Machine.Screens(),
	}
	if end := c.cfg.CertEnd(); !end.IsZero() {
		h.Cert = end.UnixMilli()
	}
	c.note("conversation", err)
	h.Queue, h.Oldest, h.Offset, h.Refused = t.Queue, max(t.Oldest, 0), t.Offset.Milliseconds(), t.Refused
	h.Gen, h.Roster, h.Fetched = t.Gen, t.Roster, t.Fetched
	if milli, ok := c.cfg.Machine.Heat(); ok {
		h.Heat = &milli
	}
	h.Memory, err = c.cfg.Machine.Memory()
	c.note("memory", err)
	h.DiskFree, h.DiskSize, err = c.cfg.Machine.Disk()
	c.note("disk", err)
	h.Readers, h.Attached = c.cfg.Machine.Readers()
	return h
}

// note logs what can't be read, once until it can again.
func (c *Collector) note(what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && !c.silent[what] {
		c.cfg.Logger.Warn("health incomplete", "part", what, "err", err)
	}
	c.silent[what] = err != nil
}
