package main

import (
	"bytes"
	"context"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/ui"
)

// The programs that make what is heard. Either may be missing.
const (
	playProgram  = "aplay"
	speakProgram = "espeak-ng"
)

// heardLimit is how long a sound or a sentence may take; then it is ended.
const heardLimit = 8 * time.Second

// room is the loudspeaker and the backlight. Its sounds come one after another
// from Run; a new one ends the one before, so that nobody hears what the person
// before them did.
type room struct {
	log   *slog.Logger
	light *hw.Backlight // nil: none

	mu    sync.Mutex
	queue []job
	now   string             // the program that is heard
	stop  context.CancelFunc // ends it
	more  chan struct{}
	tried map[string]bool // programs whose failure has been told
}

// job is one program to be run.
type job struct {
	program string
	args    []string
	input   []byte
}

func newRoom(log *slog.Logger, backlights string) *room {
	light, err := hw.OpenBacklight(backlights)
	if err != nil {
		log.Info("backlight_missing", "error", err)
	}
	return &room{log: log, light: light, more: make(chan struct{}, 1), stop: func() {}, tried: map[string]bool{}}
}

// Play satisfies ui.Room.
func (r *room) Play(s ui.Sound) {
	r.next(job{playProgram, []string{"-q", "-"}, wave(tonesOf(s))})
}

// Say satisfies ui.Room: the text is read out after the sound that goes with it.
// It is an argument of its own after "--", so no name is taken for an option.
func (r *room) Say(lang, text string) {
	base, _, _ := strings.Cut(lang, "-")
	r.next(job{speakProgram, []string{"-v", base, "-s", "150", "--", text}, nil})
}

// Light satisfies ui.Room.
func (r *room) Light(percent int) bool {
	if r.light == nil {
		return false
	}
	if err := r.light.Set(percent); err != nil {
		r.log.Warn("backlight_failed", "error", err)
		r.light = nil
		return false
	}
	return true
}

// next puts a job in line. It ends and forgets what belongs to whoever was here
// before: everything for a sound, sentences for a sentence.
func (r *room) next(j job) {
	r.mu.Lock()
	over := func(other string) bool { return j.program == playProgram || other == j.program }
	r.queue = slices.DeleteFunc(r.queue, func(q job) bool { return over(q.program) })
	if over(r.now) {
		r.stop()
	}
	r.queue = append(r.queue, j)
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// Run makes the sounds until ctx ends.
func (r *room) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.more:
		}
		for r.one(ctx) {
		}
	}
}

// one makes the next sound; false: there is none.
func (r *room) one(ctx context.Context) bool {
	r.mu.Lock()
	if len(r.queue) == 0 || ctx.Err() != nil {
		r.mu.Unlock()
		return false
	}
	j := r.queue[0]
	r.queue = r.queue[1:]
	ctx, stop := context.WithTimeout(ctx, heardLimit)
	r.now, r.stop = j.program, stop
	r.mu.Unlock()
	defer stop()

	c := exec.CommandContext(ctx, j.program, j.args...)
	c.WaitDelay = time.Second
	if j.input != nil {
		c.Stdin = bytes.NewReader(j.input)
	}
	if err := c.Run(); err != nil && ctx.Err() == nil && !r.tried[j.program] {
		r.tried[j.program] = true // told once, not with each punch
		r.log.Warn("sound_failed", "program", j.program, "error", err)
	}
	return true
}
