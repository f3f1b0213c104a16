package main

import (
	"cmp"
	"time"

	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/internal/problem"
)

// healthFlags say from when on a kiosk needs somebody; what is 0 is as usual.
type healthFlags struct {
	Silent      time.Duration `placeholder:"DURATION" help:"A kiosk that should have been heard of this long ago is silent; 3m unless named."`
	Queue       time.Duration `placeholder:"DURATION" help:"Records that wait this long on a kiosk; 15m unless named."`
	Clock       time.Duration `placeholder:"DURATION" help:"A clock that is off by this much; 30s unless named."`
	Certificate time.Duration `placeholder:"DURATION" help:"A certificate that ends within this time; 336h, which is 14 days, unless named."`
	DiskMB      int64         `name:"disk-mb" placeholder:"MB" help:"Less room than this where a kiosk keeps its punches; 500 unless named."`
	Heat        int           `placeholder:"DEGREES" help:"A machine that is this hot, in degrees Celsius; 75 unless named."`
	Roster      time.Duration `placeholder:"DURATION" help:"A list of people that is behind for this long; 1h unless named."`
}

// limits gives them as package health has them. Error: problem.Invalid.
func (f healthFlags) limits() (health.Limits, error) {
	usual := health.Usual()
	l := health.Limits{
		Silent: cmp.Or(f.Silent, usual.Silent), Queue: cmp.Or(f.Queue, usual.Queue), Clock: cmp.Or(f.Clock, usual.Clock),
		Certificate: cmp.Or(f.Certificate, usual.Certificate), Disk: cmp.Or(f.DiskMB<<20, usual.Disk),
		Heat: cmp.Or(f.Heat, usual.Heat), Roster: cmp.Or(f.Roster, usual.Roster),
	}
	const week, year = 7 * 24 * time.Hour, 365 * 24 * time.Hour
	switch {
	case !within(l.Silent, time.Second, week):
		return l, outside("--health-silent", "1s and 168h")
	case !within(l.Queue, time.Second, week):
		return l, outside("--health-queue", "1s and 168h")
	case !within(l.Clock, time.Second, time.Hour):
		return l, outside("--health-clock", "1s and 1h")
	case !within(l.Certificate, time.Hour, year):
		return l, outside("--health-certificate", "1h and 8760h")
	case !within(f.DiskMB, 0, 1<<20):
		return l, outside("--health-disk-mb", "1 and 1048576")
	case !within(l.Heat, 30, 120):
		return l, outside("--health-heat", "30 and 120")
	case !within(l.Roster, time.Minute, week):
		return l, outside("--health-roster", "1m and 168h")
	}
	return l, nil
}

func within[T cmp.Ordered](v, least, most T) bool { return v >= least && v <= most }

func outside(flag, between string) error {
	return problem.New(problem.Invalid, flag+" is between "+between+".", "Leave it out for what is usual.")
}
