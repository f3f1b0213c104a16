package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/ui"
)

// programs puts fake programs first on PATH. Each writes its name and arguments,
// one a line, into the file that is returned, and then does what body says.
func programs(t *testing.T, body map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for name, what := range body {
		script := "#!/bin/sh\n{ printf '%s' " + name + "; for a in \"$@\"; do printf '|%s' \"$a\"; done; echo; } >> " + log + "\n" + what + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return log
}

// inRoom runs a room for the length of a test.
func inRoom(t *testing.T, log *slog.Logger) *room {
	t.Helper()
	r := newRoom(log, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

// until waits for other processes.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !met(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		select {
		case <-t.Context().Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func read(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b)
}

// The sound comes first and then the sentence, in the person's language; a name
// that looks like an option is a name.
func TestTheRoomIsHeard(t *testing.T) {
	out := filepath.Join(t.TempDir(), "wav")
	log := programs(t, map[string]string{"aplay": "cat > " + out, "espeak-ng": ""})
	r := inRoom(t, slog.New(slog.DiscardHandler))
	r.Play(ui.SoundIn)
	r.Say("de-AT", "--help Okafor. Kommen gebucht. 08:02")
	want := "aplay|-q|-\nespeak-ng|-v|de|-s|150|--|--help Okafor. Kommen gebucht. 08:02\n"
	until(t, "both programs", func() bool { return read(log) == want })
	if got := read(out); got != string(wave(tonesOf(ui.SoundIn))) {
		t.Errorf("aplay read %d bytes", len(got))
	}
}

// Who punches next ends what is read out of the one before.
func TestANewSoundEndsTheOneBefore(t *testing.T) {
	log := programs(t, map[string]string{"aplay": "cat > /dev/null", "espeak-ng": "exec sleep 60"})
	r := inRoom(t, slog.New(slog.DiscardHandler))
	r.Say("en", "one")
	until(t, "the first sentence", func() bool { return strings.Contains(read(log), "one") })
	began := time.Now()
	r.Say("en", "two")
	until(t, "the second sentence", func() bool { return strings.Contains(read(log), "two") })
	r.Play(ui.SoundOut)
	until(t, "the next sound", func() bool { return strings.Contains(read(log), "aplay") })
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the next sound came after %v", took)
	}
}

// Without the programs, or a sound card, that is one line in the log.
func TestNoLoudspeaker(t *testing.T) {
	log := programs(t, map[string]string{"aplay": "echo no such device >&2; exit 1"})
	var events lockedBuffer
	r := inRoom(t, slog.New(slog.NewTextHandler(&events, nil)))
	for range 3 {
		n := strings.Count(read(log), "aplay")
		r.Play(ui.SoundRefused)
		until(t, "aplay", func() bool { return strings.Count(read(log), "aplay") > n })
	}
	r.Say("en", "nobody says this")
	until(t, "the second line", func() bool { return strings.Contains(events.String(), "program=espeak-ng") })
	if n := strings.Count(events.String(), "sound_failed"); n != 2 {
		t.Errorf("%d lines, want one for each program:\n%s", n, events.String())
	}
}

// Each sound is short, small, audible and not like the others.
func TestTones(t *testing.T) {
	seen := map[string]ui.Sound{}
	for _, s := range []ui.Sound{ui.SoundIn, ui.SoundOut, ui.SoundRefused, ui.SoundBadge} {
		w := wave(tonesOf(s))
		if len(w) < 2000 || len(w) > 20<<10 {
			t.Errorf("%s has %d bytes", s, len(w))
		}
		if !bytes.HasPrefix(w, []byte("RIFF")) || string(w[8:16]) != "WAVEfmt " {
			t.Errorf("%s is no WAV file", s)
		}
		if other, twice := seen[string(w)]; twice {
			t.Errorf("%s sounds like %s", s, other)
		}
		seen[string(w)] = s
	}
	if tonesOf("?") != nil {
		t.Error("what is no sound has notes")
	}
}
