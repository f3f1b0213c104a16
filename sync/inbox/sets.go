package inbox

import (
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// Bounds of what is kept in memory while pages are collected. A roster of
// 10,000 people is about 6 MiB.
const (
	maxParts = 1024
	maxSets  = 8
	maxBytes = 32 << 20
	keepFor  = 2 * time.Minute // since the last part of a page
	maxSeen  = 4096
)

// setKey names a page that comes in parts.
type setKey struct{ gen, from, to uint64 }

func keyOf(p wire.Page) setKey { return setKey{p.Gen, p.From, p.To} }

// set is a page, as far as it has come.
type set struct {
	key   setKey
	parts []*wire.Page
	have  int
	bytes int
	last  time.Time
}

// sets are the pages that are being collected, oldest first.
type sets struct {
	all   []*set
	bytes int
}

// add keeps a part. It makes room by giving up the pages that have waited
// longest, and refuses a part for which there is no room even so.
func (s *sets) add(now time.Time, p wire.Page, size int) bool {
	if size > maxBytes {
		return false
	}
	c := s.find(keyOf(p))
	if c != nil && len(c.parts) != p.Parts { // cut anew by central
		s.remove(c.key)
		c = nil
	}
	if c != nil && c.parts[p.Part] != nil {
		c.last = now
		return true
	}
	for len(s.all) > 0 && (s.bytes+size > maxBytes || (c == nil && len(s.all) >= maxSets)) {
		if s.all[0] == c {
			if len(s.all) == 1 {
				return false
			}
			s.remove(s.all[1].key)
			continue
		}
		s.remove(s.all[0].key)
	}
	if c == nil {
		c = &set{key: keyOf(p), parts: make([]*wire.Page, p.Parts)}
		s.all = append(s.all, c)
	}
	c.parts[p.Part], c.last = &p, now
	c.have++
	c.bytes += size
	s.bytes += size
	return true
}

// fitting gives the parts of a complete page that leads on from (gen, version):
// the snapshot or delta that leads farthest.
func (s *sets) fitting(gen, version uint64) []wire.Page {
	var best *set
	for _, c := range s.all {
		fits := c.key.from == 0 || (c.key.gen == gen && c.key.from == version)
		if fits && c.have == len(c.parts) && (best == nil || best.key.before(c.key)) {
			best = c
		}
	}
	if best == nil {
		return nil
	}
	pages := make([]wire.Page, len(best.parts))
	for i, p := range best.parts {
		pages[i] = *p
	}
	return pages
}

func (k setKey) before(o setKey) bool { return k.gen < o.gen || (k.gen == o.gen && k.to < o.to) }

func (s *sets) complete(p wire.Page) bool {
	c := s.find(keyOf(p))
	return c != nil && c.have == len(c.parts)
}

func (s *sets) find(k setKey) *set {
	for _, c := range s.all {
		if c.key == k {
			return c
		}
	}
	return nil
}

func (s *sets) remove(k setKey) {
	for i, c := range s.all {
		if c.key == k {
			s.bytes -= c.bytes
			s.all = append(s.all[:i:i], s.all[i+1:]...)
			return
		}
	}
}

// forget drops what leads nowhere any more.
func (s *sets) forget(gen, version uint64) {
	in := setKey{gen: gen, to: version}
	for _, c := range append([]*set(nil), s.all...) {
		if !in.before(c.key) {
			s.remove(c.key)
		}
	}
}

// expire drops pages that nothing has come for, and tells how many.
func (s *sets) expire(now time.Time) uint64 {
	n := uint64(0)
	for _, c := range append([]*set(nil), s.all...) {
		if now.Sub(c.last) > keepFor {
			s.remove(c.key)
			n++
		}
	}
	return n
}

// seen remembers the last message ids, so that a repeated message does its work
// once.
type seen struct {
	ids  map[string]struct{}
	ring []string
	at   int
}

func (s *seen) before(id string) bool {
	_, ok := s.ids[id]
	return ok && id != ""
}

func (s *seen) add(id string) {
	if s.ids == nil {
		s.ids = make(map[string]struct{}, maxSeen)
	}
	if len(s.ring) < maxSeen {
		s.ring = append(s.ring, id)
	} else {
		delete(s.ids, s.ring[s.at])
		s.ring[s.at] = id
		s.at = (s.at + 1) % maxSeen
	}
	s.ids[id] = struct{}{}
}
