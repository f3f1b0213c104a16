package mqttlink_test

import (
	"net"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// fake is a broker that follows a script: what it answers is up to the test, and
// nil is silence. It remembers the CONNECTs.
type fake struct {
	addr   string
	answer func(packets.ControlPacket) packets.ControlPacket

	mu       sync.Mutex
	connects []*packets.ConnectPacket
	heard    chan packets.ControlPacket
}

func startFake(t *testing.T, answer func(packets.ControlPacket) packets.ControlPacket) *fake {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{addr: ln.Addr().String(), answer: answer, heard: make(chan packets.ControlPacket, 1024)}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wg.Go(func() { f.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		mu.Lock()
		for _, c := range conns {
			_ = c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return f
}

func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		if c, ok := p.(*packets.ConnectPacket); ok {
			f.mu.Lock()
			f.connects = append(f.connects, c)
			f.mu.Unlock()
		} else {
			f.heard <- p
		}
		if a := f.answer(p); a != nil {
			if err := a.Write(conn); err != nil {
				return
			}
		}
	}
}

func (f *fake) dials() []*packets.ConnectPacket {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*packets.ConnectPacket(nil), f.connects...)
}

// polite answers as a broker does, but never acknowledges a publication.
func polite(p packets.ControlPacket) packets.ControlPacket {
	switch p := p.(type) {
	case *packets.ConnectPacket:
		return connack(packets.Accepted)
	case *packets.SubscribePacket:
		return suback(p, make([]byte, len(p.Topics))...)
	case *packets.PingreqPacket:
		return packets.NewControlPacket(packets.Pingresp)
	}
	return nil
}

func connack(code byte) packets.ControlPacket {
	a := packets.NewControlPacket(packets.Connack).(*packets.ConnackPacket)
	a.ReturnCode = code
	return a
}

func suback(p *packets.SubscribePacket, codes ...byte) packets.ControlPacket {
	a := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	a.MessageID, a.ReturnCodes = p.MessageID, codes
	return a
}
