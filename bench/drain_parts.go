package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// drainParts measures what the drain is made of, each alone on one core.
func drainParts(ctx context.Context, dir string, key ed25519.PrivateKey, records []record.Record, bare float64) ([]row, error) {
	n := float64(len(records))
	pub := key.Public().(ed25519.PublicKey)
	chain := record.Chain{Org: org, Kiosk: kioskID, Journal: records[0].Journal}
	prev := chain.Genesis(pub)

	began := time.Now()
	for i := 0; i < len(records); i += wire.MaxBatch {
		run := records[i:min(i+wire.MaxBatch, len(records))]
		for _, f := range record.Verify(chain, pub, prev, run) {
			if f != record.Good {
				return nil, fmt.Errorf("record fault %s", f)
			}
		}
		prev = run[len(run)-1].Hash
	}
	verify := time.Since(began)

	began = time.Now()
	var sum [32]byte
	for _, r := range records {
		sum = sha256.Sum256(r.Body)
	}
	hash := time.Since(began)
	_ = sum

	began = time.Now()
	const signs = 5000
	for _, r := range records[:signs] {
		ed25519.Sign(key, r.Hash[:])
	}
	sign := time.Since(began)

	envelopes, batches, err := envelopeCost(key, records)
	if err != nil {
		return nil, err
	}
	passed, err := brokerCost(ctx, dir, batches)
	if err != nil {
		return nil, err
	}
	committed, err := commitCost(ctx, dir, records)
	if err != nil {
		return nil, err
	}
	bytes := 0.0
	for _, m := range batches {
		bytes += float64(len(m.Payload))
	}
	return []row{
		figure("SHA-256 of each body", n/hash.Seconds(), bare, "/s"),
		figure("Ed25519 signature of each record (made when it is appended)", signs/sign.Seconds(), bare, "/s"),
		figure("chain verified, one signature in 100", n/verify.Seconds(), bare, "/s"),
		figure("envelopes made, signed, compressed, opened and decoded", n/envelopes.Seconds(), bare, "/s"),
		figure("broker: batches up and answers down, mutual TLS, QoS 1", n/passed.Seconds(), bare, "/s"),
		figure("commit: batches into central's own tables", n/committed.Seconds(), bare, "/s"),
		figure("size on the wire", bytes/n, 0, "B/record"),
	}, nil
}

// envelopeCost makes and opens every batch without a broker.
func envelopeCost(key ed25519.PrivateKey, records []record.Record) (time.Duration, []wire.Message, error) {
	signer, topic := wire.NewSigner(key), wire.Topic{Org: org, Kiosk: kioskID, Channel: wire.UpRecords}
	pub := key.Public().(ed25519.PublicKey)
	var batches []wire.Message
	began := time.Now()
	for i := 0; i < len(records); i += wire.MaxBatch {
		b := wire.Records{Journal: records[i].Journal, From: records[i].Seq}
		for _, r := range records[i:min(i+wire.MaxBatch, len(records))] {
			b.Entries = append(b.Entries, wire.Entry{Body: r.Body, Hash: r.Hash, Sig: r.Sig})
		}
		m, err := signer.Seal(topic, wire.TypeRecords, "x", "", b)
		if err != nil {
			return 0, nil, err
		}
		batches = append(batches, m)
		_, e, err := wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) { return pub, nil })
		if err != nil {
			return 0, nil, err
		}
		var back wire.Records
		if err := e.Decode(&back); err != nil {
			return 0, nil, err
		}
	}
	return time.Since(began), batches, nil
}
