package schedule_test

import (
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/schedule"
)

func Example() {
	s, err := schedule.Parse("*/15 6-20 * * *")
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 3, 1, 20, 50, 0, 0, time.UTC)
	fmt.Println(s.Next(now).Format(time.DateTime))
	for _, kiosk := range []string{"gate", "canteen"} {
		fmt.Println(kiosk, s.For(kiosk).Next(now).Format(time.DateTime))
	}
	// Output:
	// 2026-03-02 06:00:00
	// gate 2026-03-01 20:51:40
	// canteen 2026-03-01 20:59:06
}
