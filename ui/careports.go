package ui

import (
	"context"

	"github.com/timepost/timepost/device/local"
)

// Caretaker is what somebody sees who looks after the clock: see local.Caretaker.
type Caretaker interface {
	Caretakers(ctx context.Context) ([]local.PersonCard, error)
	Care(ctx context.Context, a local.Attempt) (local.Condition, error)
	Condition(ctx context.Context, session string) (local.Condition, error)
	RollCall(ctx context.Context, session string) (local.RollCall, error)
}

// Mechanic is what they can have done: see local.Mechanic.
type Mechanic interface {
	SyncNow(ctx context.Context, session string) error
	Restart(ctx context.Context, session string) error
	LearnReader(ctx context.Context, session string) (local.Reader, error)
}

// careDesk is the screens of Maintenance.
type careDesk struct {
	keepers *keepersScreen
	carePIN *pinScreen
	care    *careScreen
	roll    *rollScreen
	test    *testScreen
	sure    *refusedScreen // asks before the clock is restarted
}

// buildCare makes the screens of Maintenance.
func (k *Kiosk) buildCare() []screen {
	d := &k.careDesk
	d.keepers, d.carePIN, d.care = newKeepers(k), newPIN(k, "care_pin", false), newCare(k)
	d.roll, d.test, d.sure = newRoll(k), newTest(k), newRefused(k, "sure")
	d.carePIN.askCare()
	return []screen{d.keepers, d.carePIN, d.care, d.roll, d.test, d.sure}
}

// clearCare forgets who has looked after the clock, and what they saw.
func (k *Kiosk) clearCare() {
	k.keepers.clear()
	k.carePIN.clear()
	k.care.clear()
	k.roll.clear()
}
