package fleet

import (
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// How many failed enrolments there may be in a minute: from one address, and at all.
const (
	triesPerAddress = 5
	triesOverall    = 60
	triesWindow     = time.Minute
)

// tries counts failed enrolments of the last minute. It is not safe for
// concurrent use: Fleet takes turns.
type tries struct {
	failed []try // oldest first; at most triesOverall
}

type try struct {
	address string
	at      time.Time
}

func newTries() *tries { return &tries{} }

// check refuses an address that has failed too often.
func (t *tries) check(address string, now time.Time) error {
	for len(t.failed) > 0 && now.Sub(t.failed[0].at) >= triesWindow {
		t.failed = t.failed[1:]
	}
	own := 0
	for _, f := range t.failed {
		if f.address == address {
			own++
		}
	}
	if own >= triesPerAddress || len(t.failed) >= triesOverall {
		return problem.New(problem.Limited, "There were too many wrong codes.", "Wait a minute, then try again.").
			With("retry_after_s", int(triesWindow/time.Second))
	}
	return nil
}

func (t *tries) fail(address string, now time.Time) {
	t.failed = append(t.failed, try{address, now})
}
