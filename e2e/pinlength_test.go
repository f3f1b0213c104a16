package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// While the length of PINs changes from four to six digits, a kiosk takes the PIN that
// each person has, and shows its OK key; afterwards all have six and it needs none.
func TestAKioskTakesBothPINLengths(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := newCentre(t)
	staff := importWithPINs(t, c, 3) // each in a team of their own
	w := newClock(t, c, "Front Door", true)
	lengths := func(want ...int) {
		t.Helper()
		eventually(t, 30*time.Second, fmt.Sprint("the kiosk takes PINs of ", want), func() bool {
			s, err := w.local.State(ctx)
			return err == nil && slices.Equal(s.PINLengths, want)
		})
	}
	punch := func(i int, digits string) {
		t.Helper()
		if _, err := w.punchWith(t, staff[i].ID, digits, ""); err != nil {
			t.Fatal(err)
		}
	}
	lengths(4)
	punch(0, staff[0].PIN)
	got, err := c.api.SetPINLength(ctx, 6)
	if err != nil || len(got.NewPINs) != 1 || got.NewPINs[0].Subject != w.id {
		t.Fatalf("%+v, %v", got, err)
	}
	began := time.Now()
	first, err := c.api.RenewTeam(ctx, "Team 0")
	if err != nil || len(first.People) != 1 || len(first.People[0].PIN) != 6 {
		t.Fatalf("%v", err)
	}
	eventually(t, 30*time.Second, "the new PIN is good at the kiosk", func() bool {
		_, err := w.punchWith(t, staff[0].ID, first.People[0].PIN, "")
		return err == nil
	})
	t.Logf("a new PIN is good at the kiosk after %d ms", time.Since(began).Milliseconds())
	lengths(4, 6)
	w.refuses(t, staff[0].ID, staff[0].PIN)
	punch(1, staff[1].PIN)
	punch(2, got.NewPINs[0].PIN) // the new Universal PIN
	for _, team := range []string{"Team 1", "Team 2"} {
		if _, err := c.api.RenewTeam(ctx, team); err != nil {
			t.Fatal(err)
		}
	}
	lengths(6)
}
