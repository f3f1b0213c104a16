// Puncher runs in the guest of package vm: it clocks people in and out at the
// local kiosk as fast as that goes, and says over a serial port what was shown as
// recorded, the moment it was.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
)

func main() {
	socket := flag.String("socket", "/run/kioskd.sock", "of kioskd")
	port := flag.String("port", "/dev/virtio-ports/acks", "where receipts are told")
	flag.Parse()
	if err := punch(context.Background(), *socket, *port); err != nil {
		fmt.Fprintln(os.Stderr, "puncher:", err)
		os.Exit(1)
	}
}

// punch goes on until the power is cut.
func punch(ctx context.Context, socket, port string) error {
	out, err := os.OpenFile(port, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open port: %w", err)
	}
	kiosk := local.Dial(socket)
	defer kiosk.Close()
	page, err := kiosk.People(ctx, local.PeopleQuery{Limit: 100})
	if err != nil {
		return fmt.Errorf("list people: %w", err)
	}
	if len(page.People) == 0 {
		return errors.New("nobody is listed")
	}
	enc := json.NewEncoder(out)
	for n := 0; ; n++ {
		r, err := one(ctx, kiosk, page.People[n%len(page.People)].ID, n)
		if err != nil {
			return fmt.Errorf("punch %d: %w", n, err)
		}
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("tell: %w", err)
		}
	}
}

// one lets a person do what is first among the valid actions. Its note names it.
func one(ctx context.Context, kiosk *local.Client, person string, n int) (any, error) {
	s, err := kiosk.Identify(ctx, local.Attempt{Person: person})
	if err != nil {
		return nil, fmt.Errorf("identify: %w", err)
	}
	action := attendance.In
	if s.Person.State != attendance.StateOut {
		action = attendance.Out
	}
	note := fmt.Sprintf("%d-%d", time.Now().UnixNano(), n)
	r, err := kiosk.Punch(ctx, local.PunchRequest{Session: s.ID, Action: action, Note: note})
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return struct {
		Note string `json:"note"`
		Seq  uint64 `json:"seq"`
	}{note, r.Seq}, nil
}
