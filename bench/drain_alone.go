package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// commitCost stores every batch in central's own tables: one durable commit each.
func commitCost(ctx context.Context, dir string, records []record.Record) (took time.Duration, err error) {
	db, err := centraldb.Open(ctx, filepath.Join(dir, "commit.db"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	log, err := db.Records(ctx)
	if err != nil {
		return 0, err
	}
	var at centraldb.Cursor
	began := time.Now()
	for i := 0; i < len(records); i += wire.MaxBatch {
		run := records[i:min(i+wire.MaxBatch, len(records))]
		last := run[len(run)-1]
		stored, err := log.Append(ctx, []centraldb.Batch{{
			Kiosk: kioskID, Journal: last.Journal, Before: at, Good: run, Through: last.Seq, Hash: last.Hash, ReceivedAt: began,
		}})
		if err != nil || !stored[0] {
			return 0, fmt.Errorf("store batch at %d: %w", last.Seq, err)
		}
		at = centraldb.Cursor{Through: last.Seq, Hash: last.Hash, Known: true}
	}
	return time.Since(began), nil
}

// brokerCost sends every batch through the broker to a receiver that only
// answers, with as many on the way as a kiosk has.
func brokerCost(ctx context.Context, dir string, batches []wire.Message) (time.Duration, error) {
	keys, err := fleet.CreateKeys(filepath.Join(dir, "brokerkeys"), org, time.Now())
	if err != nil {
		return 0, err
	}
	cert, err := clientCert(keys)
	if err != nil {
		return 0, err
	}
	log := slog.New(slog.DiscardHandler)
	listener := keys.ServerTLS([]string{"127.0.0.1"}, time.Now)
	listener.ClientCAs = keys.Pool()
	bus, err := broker.NewEmbedded(broker.EmbeddedConfig{
		Addr: "127.0.0.1:0", Dir: filepath.Join(dir, "brokeralone"), Org: org, TLS: listener,
		Admit: func(*x509.Certificate) (string, error) { return kioskID, nil }, Logger: log,
	}, rand.Text())
	if err != nil {
		return 0, err
	}
	exchange := broker.NewLocal(bus, 0, log)
	answer := wire.Message{Topic: wire.Topic{Org: org, Kiosk: kioskID, Channel: wire.DownAck}.String(), Payload: make([]byte, 300)}
	var group lifecycle.Group
	group.Add("broker", bus)
	group.AddFunc("answers", func(ctx context.Context) error {
		return exchange.Run(ctx, func(context.Context, wire.Message) []wire.Message { return []wire.Message{answer} })
	})
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- group.Run(running) }()
	took, err := passAll(ctx, keys, cert, bus, exchange, batches)
	cancel()
	return took, errors.Join(err, <-ended)
}

func passAll(ctx context.Context, keys *fleet.Keys, cert tls.Certificate, bus *broker.Embedded, exchange *broker.Local, batches []wire.Message) (took time.Duration, err error) {
	<-bus.Ready()
	<-exchange.Ready()
	tr := trust.Config{Roots: []*x509.Certificate{keys.CA}, Certificate: func() (*tls.Certificate, error) { return &cert, nil }, Built: time.Now()}
	dialer, err := mqttlink.New(mqttlink.Config{
		Brokers: []string{"tls://" + bus.Addr()}, ClientID: kioskID,
		Filters: []string{wire.KioskFilter(org, kioskID)}, DialTLS: tr.Dial, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return 0, err
	}
	link, err := dialer.Dial(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, link.Close()) }()
	began := time.Now()
	for sent, answered := 0, 0; answered < len(batches); {
		if sent < len(batches) && sent-answered < wire.Window {
			if err := link.Publish(ctx, batches[sent]); err != nil {
				return 0, err
			}
			sent++
			continue
		}
		select {
		case <-link.Receive():
			answered++
		case <-time.After(10 * time.Second):
			return 0, fmt.Errorf("no answer to batch %d", answered)
		}
	}
	return time.Since(began), nil
}
