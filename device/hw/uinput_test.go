package hw_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/timepost/timepost/device/hw"
)

// The calls of linux/uinput.h.
const (
	uiSetEvBit  = 0x40045564
	uiSetKeyBit = 0x40045565
	uiDevCreate = 0x5501
)

// emulated gives a USB keyboard that the kernel emulates, and skips where this
// machine can't: then the recordings are all the evidence here.
func emulated(t *testing.T, name string, vendor, product uint16) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/uinput", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no real input device here: ", err)
	}
	t.Cleanup(func() { _ = f.Close() }) // the device goes with it
	call := func(req uint, value int) {
		if err := unix.IoctlSetInt(int(f.Fd()), req, value); err != nil {
			t.Skip("no real input device here: ", err)
		}
	}
	call(uiSetEvBit, 1)
	for code := 1; code < 120; code++ {
		call(uiSetKeyBit, code)
	}
	dev := make([]byte, 80+8+4+4*64*4) // struct uinput_user_dev
	copy(dev, name)
	binary.NativeEndian.PutUint16(dev[80:], 3) // BUS_USB
	binary.NativeEndian.PutUint16(dev[82:], vendor)
	binary.NativeEndian.PutUint16(dev[84:], product)
	if _, err := f.Write(dev); err != nil {
		t.Fatal(err)
	}
	call(uiDevCreate, 0)
	return f
}

func TestARealInputDeviceIsReadAndGrabbed(t *testing.T) {
	t.Parallel()
	f := emulated(t, "Timepost test reader", 0xfeed, 0xbeef)
	path := filepath.Join(t.TempDir(), "readers.json")
	file := hw.OpenReaderFile(path, quiet())
	if err := file.Put(hw.Reader{ID: "feed:beef"}); err != nil {
		t.Fatal(err)
	}
	r := hw.NewReaders(hw.Inputs{}, file, quiet())
	done := make(chan error, 1)
	go func() { done <- r.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	var card []byte
	for _, m := range recording(t, "decimal-enter") {
		card = append(card, m.raw...)
	}
	again := time.NewTicker(500 * time.Millisecond) // until the reader is found
	defer again.Stop()
	late := time.After(10 * time.Second)
	for {
		select {
		case got := <-r.Reads():
			if got.Text != "0010693503" {
				t.Errorf("read %q", got.Text)
			}
			return
		case <-again.C:
			if _, err := f.Write(card); err != nil {
				t.Fatal(err)
			}
		case <-late:
			t.Fatal("nothing was read from the device")
		}
	}
}
