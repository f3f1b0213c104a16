package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
)

// The real program on a virtual display, driven by real pointer events: from
// "starting" without a kioskd to a receipt, a wrong PIN on the way, and kioskd
// gone at the end.
func TestPunchOnTheScreen(t *testing.T) {
	bin := build(t)
	for _, panel := range []struct {
		size string
		mm   int
	}{{"1280x800", 217}, {"720x1280", 88}} {
		t.Run(panel.size, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "s")
			s := newDisplay(t, bin, socket, panel.size, panel.mm)
			s.event(1, "first_frame", "")
			s.event(1, "screen_shown", "starting")
			s.shot("01-starting")

			d := newDaemon()
			stop := d.serve(t, socket)
			s.event(1, "screen_shown", "idle")
			s.shot("02-idle")
			s.tap("idle", "start")
			s.event(1, "screen_shown", "people")
			s.shot("03-people")
			s.tap("people", "person_p00")
			s.tap("pin", "digit_4", "digit_1")
			s.shot("04-pin")
			s.tap("pin", "digit_9", "digit_1")
			s.event(1, "screen_shown", "refused")
			s.shot("05-wrong-pin")
			s.tap("refused", "again")
			s.tap("pin", "digit_4", "digit_1", "digit_9", "digit_0")
			s.event(1, "screen_shown", "choose")
			s.shot("06-choose")
			s.tap("choose", "in")
			s.event(1, "screen_shown", "receipt")
			s.shot("07-receipt")
			s.event(2, "screen_shown", "idle")

			s.tap("idle", "start")
			s.tap("people", "person_p01")
			s.tap("pin", "digit_4", "digit_1", "digit_9", "digit_0")
			s.event(2, "screen_shown", "choose")
			s.shot("08-choose-out")
			s.tap("choose", "out")
			s.event(2, "screen_shown", "receipt")
			s.shot("09-receipt-out")
			s.tap("receipt", "close")
			s.event(3, "screen_shown", "idle")

			stop()
			s.event(1, "screen_shown", "not_answering")
			s.shot("10-not-answering")
			if diff := cmp.Diff([]attendance.Action{attendance.In, attendance.Out}, d.punches); diff != "" {
				t.Errorf("punches (-want +got):\n%s", diff)
			}
			if n := d.count("identify"); n != 3 {
				t.Errorf("%d PINs were sent, want 3: a press was lost or counted twice", n)
			}
		})
	}
}

func TestBadOptions(t *testing.T) {
	for _, args := range [][]string{{"--size", "big"}, {"--size", "10x10"}, {"--width-mm", "3"}, {"--log-format", "xml"}, {"--theme", "pink"}, {"--nonsense"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs); code != 64 {
			t.Errorf("%v gave exit code %d, want 64", args, code)
		}
		if errs.Len() == 0 {
			t.Errorf("%v was refused without a word", args)
		}
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "--socket") {
		t.Errorf("--help gave %d: %s", code, &out)
	}
}

func TestScaleFor(t *testing.T) {
	for _, c := range []struct {
		px    int
		mm    float32
		large bool
		want  string
	}{
		{1280, 217, false, "1.2"},
		{720, 88, false, "1.6"},
		{800, 154, false, "1.0"},
		{1920, 344, false, "1.3"},
		{1280, 217, true, "1.4"},
		{800, 154, true, "1.2"},
	} {
		if got := scaleFor(c.px, c.mm, c.large); got != c.want {
			t.Errorf("scaleFor(%d, %v, %v) = %s, want %s", c.px, c.mm, c.large, got, c.want)
		}
	}
}
