package mqttlink_test

import (
	"context"
	"testing"

	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/wire"
)

// Dialling, using and closing links at any moment leaves no goroutine behind,
// neither one of ours nor one of the library's.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, org)
	lifecycletest.StartStop(t, func() lifecycle.Service {
		return lifecycle.Func(func(ctx context.Context) error {
			d := dialer(t, b, b.Addr, "kiosk-a", wire.KioskFilter(org, "kiosk-a"))
			topic := wire.Topic{Org: org, Kiosk: "kiosk-a", Channel: wire.UpRecords}.String()
			for ctx.Err() == nil {
				l, err := d.Dial(ctx)
				if err != nil {
					continue // ctx has ended, or the next try will tell
				}
				for qos := range byte(2) {
					// A failure is one of the moments that are tried here.
					_ = l.Publish(ctx, wire.Message{Topic: topic, Payload: []byte("x"), QoS: qos})
				}
				if err := l.Close(); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
