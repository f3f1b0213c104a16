package ingest

import (
	"context"
	"crypto/ed25519"
	"strings"
	"sync"
)

// How much is remembered of a kiosk: programs that spoke for it, and of each the
// welcomes it may still tell of.
const (
	maxVoices = 8
	maxTold   = 8
)

// voices notices when two machines speak with the keys of one kiosk. A voice is one
// run of the kiosk's program, by the random beginning of its message ids. One
// machine has many voices, but never two at a time, so none of them can know of
// another that lived both before and after it. That is what is looked for: each
// hello tells the last welcome that its voice took in, and a welcome that was sent
// after another voice had been heard proves that both lived then, if the other can
// prove the same. Delays, losses and repetitions on the way make no such proof.
type voices struct {
	mu sync.Mutex
	of map[string]*choir // by kiosk
}

// choir is the voices of one kiosk. Its time is the number of hellos so far.
type choir struct {
	hellos int
	voices []*voice
}

type voice struct {
	name        string
	first, last int    // hellos
	knows       int    // the time of the latest welcome that it has told of
	sent        []told // welcomes to it, the newest last
}

// told is a welcome that was sent.
type told struct {
	id string
	at int
}

func newVoices() *voices { return &voices{of: map[string]*choir{}} }

// forget forgets a kiosk's voices: it has other keys, or none.
func (v *voices) forget(kiosk string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.of, kiosk)
}

// hello takes in a hello with this message id, whose sender last took in the
// welcome heard. It says whether this proves that two machines speak.
func (v *voices) hello(kiosk, id, heard string) bool {
	name := voiceOf(id)
	if name == "" {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.of[kiosk]
	if c == nil {
		c = &choir{}
		v.of[kiosk] = c
	}
	c.hellos++
	s := c.voice(name)
	s.last = c.hellos
	for _, w := range s.sent {
		if w.id == heard {
			s.knows = max(s.knows, w.at)
		}
	}
	for _, o := range c.voices {
		if o != s && s.knows >= o.first && o.knows >= s.first {
			return true
		}
	}
	return false
}

// welcomed notes the welcome that answers the hello with this message id.
func (v *voices) welcomed(kiosk, id, welcome string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.of[kiosk]
	if c == nil {
		return // forgotten meanwhile
	}
	for _, s := range c.voices {
		if s.name == voiceOf(id) {
			s.sent = append(s.sent[max(0, len(s.sent)+1-maxTold):], told{welcome, c.hellos})
		}
	}
}

// voice gives a voice by its name; one that is new takes the place of the one that
// was silent for the longest.
func (c *choir) voice(name string) *voice {
	oldest := 0
	for i, s := range c.voices {
		if s.name == name {
			return s
		}
		if s.last < c.voices[oldest].last {
			oldest = i
		}
	}
	s := &voice{name: name, first: c.hellos}
	if len(c.voices) < maxVoices {
		c.voices = append(c.voices, s)
	} else {
		c.voices[oldest] = s
	}
	return s
}

// voiceOf gives what the message ids of one run of a program have in common, "" for
// an id of another shape.
func voiceOf(id string) string {
	name, _, ok := strings.Cut(id, "-")
	if !ok {
		return ""
	}
	return name
}

// listen hears who says hello, and says once for each set of keys that two do.
func (g *Ingest) listen(ctx context.Context, from sender, heard string) {
	if !g.voices.hello(from.kiosk(), from.id, heard) || g.cfg.Cloned == nil {
		return
	}
	if err := g.cfg.Cloned(ctx, from.kiosk(), from.key); err != nil && ctx.Err() == nil {
		g.cfg.Logger.Error("copy of a kiosk not noted", "kiosk", from.kiosk(), "err", err)
	}
}

// Cloned is told that two machines speak for a kiosk with this record key. It may be
// told again and again.
type Cloned func(ctx context.Context, kiosk string, key ed25519.PublicKey) error
