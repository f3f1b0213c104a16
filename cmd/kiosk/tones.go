package main

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/timepost/timepost/ui"
)

// rate is how many samples a second of sound has: enough for tones.
const rate = 16000

// tone is one note: its pitch, 0 for a rest, and how long it is.
type tone struct{ hertz, seconds float64 }

// tonesOf gives the notes of a sound: up for in, down for out, the same low note
// twice for a refusal, one short high one for a card.
func tonesOf(s ui.Sound) []tone {
	switch s {
	case ui.SoundIn:
		return []tone{{659.3, 0.12}, {987.8, 0.22}}
	case ui.SoundOut:
		return []tone{{784, 0.12}, {523.3, 0.22}}
	case ui.SoundRefused:
		return []tone{{220, 0.16}, {0, 0.07}, {220, 0.24}}
	case ui.SoundBadge:
		return []tone{{1318.5, 0.09}}
	}
	return nil
}

// wave gives a sound as a WAV file of one channel with 16 bits.
func wave(tones []tone) []byte {
	var samples []int16
	for _, t := range tones {
		n := int(t.seconds * rate)
		for i := range n {
			at := float64(i) / rate
			// A soft beginning and a fading end: no clicks. The octave gives it a body.
			loud := min(1, at/0.008) * min(1, float64(n-i)/rate/0.06)
			v := math.Sin(2*math.Pi*t.hertz*at) + 0.35*math.Sin(4*math.Pi*t.hertz*at)
			samples = append(samples, int16(v*loud*0.55*math.MaxInt16/1.35))
		}
	}
	size := uint32(2 * len(samples))
	var b bytes.Buffer
	b.WriteString("RIFF")
	b.Write(binary.LittleEndian.AppendUint32(nil, 36+size))
	b.WriteString("WAVEfmt ")
	for _, v := range []uint32{16, 1 | 1<<16, rate, 2 * rate, 2 | 16<<16} { // PCM, 1 channel, 2 bytes a sample
		b.Write(binary.LittleEndian.AppendUint32(nil, v))
	}
	b.WriteString("data")
	b.Write(binary.LittleEndian.AppendUint32(nil, size))
	for _, s := range samples {
		b.Write(binary.LittleEndian.AppendUint16(nil, uint16(s)))
	}
	return b.Bytes()
}
