package device

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/timepost/timepost/attendance/pin"
)

// sameWrong is how long the same wrong PIN for the same person counts once: a
// person who is sure of the wrong digits types them again and again.
const sameWrong = 10 * time.Minute

// maxWrongs bounds the memory; beyond it, a repetition counts again.
const maxWrongs = 512

// wrongs remembers the wrong PINs of the last minutes, in memory only and as
// MACs under a key that is drawn at start. It remembers what each was counted
// against: a PIN typed while the personal one was closed, or while the Universal
// budget was empty, was no guess there, and is one when it is typed again.
type wrongs struct {
	key  []byte
	seen map[[sha256.Size]byte]wrong
}

type wrong struct {
	at                time.Duration // CLOCK_BOOTTIME
	person, universal bool
}

func newWrongs(key []byte) *wrongs {
	return &wrongs{key: key, seen: map[[sha256.Size]byte]wrong{}}
}

// mark completes a guess with what the same PIN was counted against before.
func (w *wrongs) mark(g guess, p pin.PIN) guess {
	m, ok := w.seen[w.mac(g, p)]
	if ok && g.now.boot-m.at < sameWrong {
		g.personCounted, g.universalCounted = m.person, m.universal
	}
	return g
}

// add remembers that p was wrong, and what it was counted against.
func (w *wrongs) add(c charge, p pin.PIN) {
	w.expire(c.now.boot)
	if len(w.seen) >= maxWrongs {
		return
	}
	mac := w.mac(c.guess, p)
	m, ok := w.seen[mac]
	if !ok {
		m.at = c.now.boot
	}
	m.person = m.person || c.paidPerson
	m.universal = m.universal || c.paidUniversal
	w.seen[mac] = m
}

func (w *wrongs) expire(now time.Duration) {
	for mac, m := range w.seen {
		if now-m.at >= sameWrong {
			delete(w.seen, mac)
		}
	}
}

// mac binds person, digits and all versions: a new PIN makes every guess new.
func (w *wrongs) mac(g guess, p pin.PIN) (out [sha256.Size]byte) {
	h := hmac.New(sha256.New, w.key)
	b := binary.BigEndian.AppendUint64(nil, g.pinVersion)
	b = binary.BigEndian.AppendUint64(b, g.unlockVersion)
	b = binary.BigEndian.AppendUint64(b, g.universalVersion)
	b = binary.BigEndian.AppendUint16(b, uint16(len(g.person)))
	b = append(b, g.person...)
	b = append(b, p.Reveal()...) // the MAC must tell PINs apart; it never leaves this map
	h.Write(b)
	h.Sum(out[:0])
	return out
}
