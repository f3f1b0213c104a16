package ingest_test

import (
	"testing"

	"github.com/timepost/timepost/sync/wire"
)

// BenchmarkDrain takes in one kiosk's backlog in full batches, signature, hashes,
// commit and ack included. Compare records/s with store's bare inserts.
func BenchmarkDrain(b *testing.B) {
	const batches = 200
	k := newKiosk("gate")
	k.punches(b, batches*wire.MaxBatch)
	var messages []wire.Message
	for i := range batches {
		messages = append(messages, k.send(b, i*wire.MaxBatch+1, (i+1)*wire.MaxBatch))
	}
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		c := newCentre(b, k)
		b.StartTimer()
		for _, m := range messages {
			if out := c.ingest.Handle(b.Context(), m); len(out) != 1 {
				b.Fatal("no ack")
			}
		}
	}
	b.ReportMetric(float64(b.N*batches*wire.MaxBatch)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkProject turns a stored log into punches and presence.
func BenchmarkProject(b *testing.B) {
	const batches = 100
	k := newKiosk("gate")
	k.punches(b, batches*wire.MaxBatch)
	for b.Loop() {
		b.StopTimer()
		c := newCentre(b, k)
		for i := range batches {
			c.ack(k.send(b, i*wire.MaxBatch+1, (i+1)*wire.MaxBatch))
		}
		b.StartTimer()
		c.projectAll()
	}
	b.ReportMetric(float64(b.N*batches*wire.MaxBatch)/b.Elapsed().Seconds(), "records/s")
}
