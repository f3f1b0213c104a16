package mqttlink

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/timepost/timepost/sync/wire"
)

// mostPacket is how many bytes of a packet are taken: the largest message with its topic.
const mostPacket = wire.MaxPayload + 4<<10

// stream passes on a broker's packets and leaves out those that are larger than any of
// this protocol. paho makes room for what a packet claims to hold, up to 256 MiB, before
// any of it has come: a broker, or a kiosk that may write through it, could take all
// memory. It is read by one goroutine.
type stream struct {
	in      *bufio.Reader
	dropped func(size int)
	head    []byte // of the present packet, still to be passed on
	left    int    // bytes of the present packet behind its head
}

func newStream(in io.Reader, dropped func(size int)) *stream {
	return &stream{in: bufio.NewReader(in), dropped: dropped}
}

// Read reads.
func (p *stream) Read(b []byte) (int, error) {
	for len(p.head) == 0 && p.left == 0 {
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	n, err := p.in.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

// next begins the next packet, or passes over it.
func (p *stream) next() error {
	head, size, err := p.header()
	if err != nil {
		return err
	}
	if size <= mostPacket {
		p.head, p.left = head, size
		return nil
	}
	p.dropped(size)
	_, err = io.CopyN(io.Discard, p.in, int64(size))
	return err
}

// header reads a type and a length: seven bits in each byte, the lowest first.
func (p *stream) header() (head []byte, size int, err error) {
	const longest = 5
	for len(head) < longest {
		c, err := p.in.ReadByte()
		if err != nil {
			if len(head) > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, 0, err
		}
		head = append(head, c)
		if n := len(head); n > 1 {
			size |= int(c&0x7f) << (7 * (n - 2))
			if c < 0x80 {
				return head, size, nil
			}
		}
	}
	return nil, 0, fmt.Errorf("read packet: a length of %d bytes", longest)
}
