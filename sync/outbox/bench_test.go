package outbox_test

import (
	"fmt"
	"testing"
)

// BenchmarkNext is the kiosk's cost of a record on its way out: read, sealed,
// signed, compressed, acknowledged.
func BenchmarkNext(b *testing.B) {
	j := newJournal(0)
	for i := range 10_000 {
		j.punch(fmt.Appendf(nil, `{"v":1,"type":"punch","stamp":{"real":17%017d,"boot":%d,"mono":%d,"raw":%d,"boot_id":"6f1f2a1c-3b52-4b1a-8f6e-0f1f2a1c3b52","boot_seq":12,"status":0,"freq":123456,"maxerror":1500,"zone":"Europe/Berlin","tzdata":"2026a"},"person":"p-%08d","action":"in","auth":"personal"}`,
			i*1e9+123456789, i*1e9+7654321, i*1e9+7654321, i*1e9+7651234, i%500))
	}
	b.ReportAllocs()
	size, n := 0, 0
	for b.Loop() {
		j.acked = 0
		o := newOutbox(j)
		for through := uint64(0); through < 10_000; {
			for _, m := range next(b, o, start) {
				size += len(m.Payload)
				n++
			}
			through = min(through+100, 10_000)
			a := newCentre(b).ack(j.id)
			a.Through, a.Hash = through, j.hashAt(through)
			onAck(b, o, start, "", a)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/record")
	b.ReportMetric(float64(size)/float64(n), "B/message")
}
