package ingest

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// program is one run of a kiosk's program.
type program struct {
	name  string
	said  int
	heard string          // the last welcome it took in
	asked map[string]bool // hellos that may be answered
}

func (p *program) hello() letter {
	p.said++
	l := letter{id: fmt.Sprintf("%s-%d", p.name, p.said), heard: p.heard}
	p.asked[l.id] = true
	return l
}

// take takes in a welcome if it answers a hello of this run.
func (p *program) take(l letter) {
	if p.asked[l.re] {
		p.heard = l.id
	}
}

type letter struct{ id, re, heard string }

// post is a kiosk's way to central and back.
type post struct {
	voices   *voices
	up, down []letter
	programs int
	welcomes int
}

func (p *post) start() *program {
	p.programs++
	return &program{name: fmt.Sprintf("%016x", p.programs), asked: map[string]bool{}}
}

// deliver brings one hello in; the welcome is on its way.
func (p *post) deliver(l letter) bool {
	twice := p.voices.hello("gate", l.id, l.heard)
	p.welcomes++
	w := letter{id: fmt.Sprint("w", p.welcomes), re: l.id}
	p.voices.welcomed("gate", l.id, w.id)
	p.down = append(p.down, w)
	return twice
}

// One machine that restarts, over a network that delays, loses, repeats and
// reorders what it likes, never looks like two: nor does one whose half-open
// connections bring yesterday's words.
func TestOneMachineIsNeverTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := &post{voices: newVoices()}
		now := p.start()
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "which") }
		for range 150 {
			switch rapid.IntRange(0, 20).Draw(rt, "what") {
			case 0:
				now = p.start()
			case 1:
				p.up, p.down = nil, nil
			case 2:
				p.voices = newVoices()
			case 3, 4, 5, 6:
				p.up = append(p.up, now.hello())
			case 7, 8, 9, 10, 11, 12, 13:
				if len(p.up) == 0 {
					continue
				}
				i := pick(len(p.up))
				if p.deliver(p.up[i]) {
					rt.Fatal("one machine was taken for two")
				}
				if rapid.Bool().Draw(rt, "once") {
					p.up = append(p.up[:i:i], p.up[i+1:]...)
				}
			default:
				if len(p.down) > 0 {
					now.take(p.down[pick(len(p.down))])
				}
			}
		}
	})
}

// Two machines that take turns on the line are noticed after a few rounds, in
// whatever order they come, restarts and losses included.
func TestTwoMachinesAreNoticed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := &post{voices: newVoices()}
		both := []*program{p.start(), p.start()}
		round := func(m *program) bool {
			found := p.deliver(m.hello())
			m.take(p.down[len(p.down)-1])
			return found
		}
		for range rapid.IntRange(0, 20).Draw(rt, "rounds before") {
			i := rapid.IntRange(0, 1).Draw(rt, "who")
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				both[i] = p.start()
			case 1:
				p.deliver(both[i].hello()) // the welcome is lost
			default:
				round(both[i])
			}
		}
		found := false
		for range 3 {
			a, b := round(both[0]), round(both[1])
			found = found || a || b
		}
		if !found {
			rt.Error("two machines spoke three times each")
		}
	})
}

func TestVoicesAreFewAndForgotten(t *testing.T) {
	t.Parallel()
	v := newVoices()
	for i := range 100 {
		id := fmt.Sprintf("%016x-1", i)
		v.hello("gate", id, "")
		for range 100 {
			v.welcomed("gate", id, "w")
		}
	}
	c := v.of["gate"]
	if len(c.voices) != maxVoices || len(c.voices[0].sent) != maxTold {
		t.Errorf("%d voices are remembered, %d welcomes", len(c.voices), len(c.voices[0].sent))
	}
	if v.hello("gate", "strange", "w") || v.hello("gate", "", "") {
		t.Error("an id of another shape tells of nobody")
	}
	if v.forget("gate"); len(v.of) != 0 {
		t.Error("not forgotten")
	}
	v.welcomed("gate", "a-1", "w") // forgotten while it was being answered
}
