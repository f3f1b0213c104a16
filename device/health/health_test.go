package health_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/health"
	"github.com/timepost/timepost/sync/wire"
)

// machine is one whose parts fail on demand.
type machine struct {
	heat int
	hot  bool
	err  error
}

func (m *machine) Heat() (int, bool) { return m.heat, m.hot }
func (m *machine) Memory() (int64, error) {
	return 40 << 20, m.err
}
func (m *machine) Disk() (int64, int64, error) { return 5 << 30, 8 << 30, m.err }
func (m *machine) Readers() (int, int)         { return 2, 1 }
func (m *machine) Screens() int                { return 1 }

func talk() health.Talk {
	return health.Talk{Queue: 3, Oldest: 77, Offset: -1500 * time.Millisecond, Gen: 2, Roster: 9, Fetched: 88, Refused: 1}
}

func collector(m *machine, log *bytes.Buffer) *health.Collector {
	at := time.Date(2026, 3, 2, 5, 55, 0, 0, time.UTC)
	return health.New(health.Config{
		Software: "kioskd 1", KeyTier: "file", Bcrypt: 412 * time.Millisecond, Started: at.Add(-time.Hour),
		CertEnd: func() time.Time { return at.Add(30 * 24 * time.Hour) },
		Stamp: func() attendance.Stamp {
			return attendance.Stamp{Real: at.UnixNano(), Boot: int64(2 * time.Hour), TZData: "2026a", Status: attendance.StaUnsync}
		},
		Machine: m, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
}

func TestHealthSaysEverything(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	got := collector(&machine{heat: 51000, hot: true}, &log).Health(talk(), nil)
	heat, at := 51000, time.Date(2026, 3, 2, 5, 55, 0, 0, time.UTC).UnixMilli()
	want := wire.Health{
		Software: "kioskd 1", TZData: "2026a", At: at, Started: at - 3_600_000, Uptime: 7200, Queue: 3, Oldest: 77, Offset: -1500,
		Gen: 2, Roster: 9, Fetched: 88, DiskFree: 5 << 30, DiskSize: 8 << 30, Memory: 40 << 20, Heat: &heat,
		Cert: at + 30*86_400_000, KeyTier: "file", BcryptMS: 412, Readers: 2, Attached: 1, Screens: 1, Refused: 1,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if err := got.Validate(); err != nil || log.Len() > 0 {
		t.Errorf("%v, %s", err, &log)
	}
}

func TestHealthWithoutWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	m := &machine{err: errors.New("no such file")}
	c, broken := collector(m, &log), errors.New("disk I/O error")
	for range 3 {
		h := c.Health(health.Talk{}, broken)
		if h.Heat != nil || h.BcryptMS != 412 || h.Validate() != nil {
			t.Fatalf("%+v", h)
		}
	}
	if n := strings.Count(log.String(), "health incomplete"); n != 3 { // conversation, memory, disk
		t.Errorf("%d lines:\n%s", n, &log)
	}
	m.err = nil
	c.Health(talk(), nil)
	m.err = errors.New("gone again")
	c.Health(talk(), nil)
	if n := strings.Count(log.String(), "health incomplete"); n != 5 {
		t.Errorf("what breaks anew is logged anew: %d lines", n)
	}
}
