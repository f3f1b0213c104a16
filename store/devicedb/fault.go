package devicedb

import (
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store"
)

// faulted puts a problem around an error of the disk or the file, so that the
// screen can say what to do. Other errors pass as they are.
func faulted(err error) error {
	switch store.Fault(err) {
	case problem.OutOfOrder:
		return problem.New(problem.OutOfOrder, "This time clock can't save anything right now.",
			"Use another kiosk and tell your supervisor.").Because(err)
	case problem.Damaged:
		return problem.New(problem.Damaged, "This time clock's data is damaged.",
			"Use another kiosk and tell your supervisor.").Because(err)
	}
	return err
}
