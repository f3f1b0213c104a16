package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// ErrHole says that a broker does not keep kiosks apart. Whoever meets it must
// not use the broker: messages are signed, so nobody can forge punches through
// it, but rosters would be read and kiosks pushed off the line.
var ErrHole = errors.New("the broker's access rules do not hold")

// fenceWait is how long a message that must arrive may take. Only a broker that
// loses messages takes so long.
const fenceWait = 10 * time.Second

// Proof tries an outside broker before it is used: with the names of two kiosks
// that do not exist it does what no kiosk may do, and looks whether it worked.
// What must not arrive is followed by something that must, on the same way, so
// nothing is judged by a time.
type Proof struct {
	Org     string
	Central string    // central's user name
	Kiosks  [2]string // ids that no kiosk has, new ones each time

	// As gives a dialer that holds the certificate of holder and claims to be
	// client; holder "" is a stranger, who has no certificate. Its
	// links must keep the order of arrival.
	As func(holder, client string, filters ...string) (wire.Dialer, error)
}

// Prove gives nil if the rules hold, ErrHole with what went through, or the
// error of a broker that does not answer (problem.Unavailable). A hole has to be found
// twice: a broker that is started anew meanwhile cuts connections like one that lets
// kiosks push each other off the line.
func (p Proof) Prove(ctx context.Context) error {
	err := p.once(ctx)
	if errors.Is(err, ErrHole) {
		return p.once(ctx)
	}
	return err
}

func (p Proof) once(ctx context.Context) error {
	t := &trial{Proof: p}
	defer t.close()
	for _, try := range []func(context.Context) error{t.assemble, t.strangers, t.reads, t.names, t.writes} {
		if err := try(ctx); err != nil {
			return err
		}
	}
	return nil
}

// trial is one proof on its way.
type trial struct {
	Proof
	centre, other wire.Link // central, and the kiosk whose topics are tried
	open          []wire.Link
	n             int
}

func (t *trial) close() {
	for _, l := range t.open {
		_ = l.Close() // always nil by wire.Link's implementation for MQTT; the trial is over
	}
}

func (t *trial) dial(ctx context.Context, holder, client string, filters ...string) (wire.Link, error) {
	d, err := t.As(holder, client, filters...)
	if err != nil {
		return nil, err
	}
	l, err := d.Dial(ctx)
	if err != nil {
		return nil, err
	}
	t.open = append(t.open, l)
	return l, nil
}

// assemble brings central and the other kiosk to the broker, and shows that they
// hear each other: else silence would prove nothing.
func (t *trial) assemble(ctx context.Context) error {
	var err error
	if t.centre, err = t.dial(ctx, t.Central, t.Central, wire.CentralFilter(t.Org)); err != nil {
		return fmt.Errorf("try broker as central: %w", err)
	}
	if t.other, err = t.dial(ctx, t.Kiosks[1], t.Kiosks[1], wire.KioskFilter(t.Org, t.Kiosks[1])); err != nil {
		return fmt.Errorf("try broker as a kiosk: %w", err)
	}
	return t.alive(ctx, "")
}

// alive sends a message each way between central and the other kiosk. hole is
// what it means when a connection is gone; "" where it means nothing.
func (t *trial) alive(ctx context.Context, hole string) error {
	err := errors.Join(t.pass(ctx, t.other, t.centre, t.topic(1, wire.UpReq)), t.pass(ctx, t.centre, t.other, t.topic(1, wire.DownPush)))
	if err != nil && hole != "" && (ended(t.centre) || ended(t.other)) {
		return found(hole)
	}
	return err
}

// strangers may not come in.
func (t *trial) strangers(ctx context.Context) error {
	if _, err := t.dial(ctx, "", t.Central, wire.CentralFilter(t.Org)); err == nil {
		return found("somebody without a certificate is let in")
	}
	return ctx.Err()
}

// names are those of the certificates: who claims another one must neither push
// its holder off the line nor get what is the holder's.
func (t *trial) names(ctx context.Context) error {
	for _, claimed := range []string{t.Central, t.Kiosks[1]} {
		hole := "a kiosk can take the name of " + t.called(claimed)
		filter := wire.KioskFilter(t.Org, t.Kiosks[1])
		if claimed == t.Central {
			filter = wire.CentralFilter(t.Org)
		}
		link, refused := t.dial(ctx, t.Kiosks[0], claimed, wire.KioskFilter(t.Org, t.Kiosks[0]), filter)
		if err := t.alive(ctx, hole); err != nil {
			return err
		}
		if refused != nil {
			continue // refused, and nobody was disturbed
		}
		if err := t.overheard(ctx, link, hole); err != nil {
			return err
		}
		_ = link.Close() // the next one has the same name
	}
	return nil
}

func (t *trial) called(name string) string {
	if name == t.Central {
		return "central"
	}
	return "another kiosk"
}

// writes tries to say what only another may say.
func (t *trial) writes(ctx context.Context) error {
	for _, forbidden := range []struct {
		topic wire.Topic
		hole  string
	}{
		{t.topic(1, wire.UpRecords), "a kiosk can write as another kiosk"},
		{t.topic(1, wire.UpReq), "a kiosk can write as another kiosk"},
		{t.topic(1, wire.DownAck), "a kiosk can write to another kiosk"},
		{t.topic(1, wire.DownPush), "a kiosk can write to another kiosk"},
		{t.topic(0, wire.DownPush), "a kiosk can write what only central may write"},
	} {
		link, err := t.dial(ctx, t.Kiosks[0], t.Kiosks[0], wire.KioskFilter(t.Org, t.Kiosks[0]))
		if err != nil {
			return fmt.Errorf("try broker as a kiosk: %w", err)
		}
		if err := t.write(ctx, link, forbidden.topic, forbidden.hole); err != nil {
			return err
		}
		_ = link.Close() // the next one has the same name
	}
	return nil
}

// write publishes to a topic and then to an own one: who hears the second and
// not the first shows that the first was dropped. Brokers may also hang up.
func (t *trial) write(ctx context.Context, link wire.Link, topic wire.Topic, hole string) error {
	bad := t.message(topic)
	if err := link.Publish(ctx, bad); err != nil {
		return t.unlessEnded(link, err)
	}
	fence := t.message(t.topic(0, wire.UpReq))
	if err := link.Publish(ctx, fence); err != nil {
		return t.unlessEnded(link, err)
	}
	if err := t.hears(ctx, t.centre, link, fence, bad, hole); err != nil || ended(link) {
		return err
	}
	for i, l := range []wire.Link{link, t.other} {
		fence := t.message(t.topic(i, wire.DownRes))
		if err := t.centre.Publish(ctx, fence); err != nil {
			return err
		}
		if err := t.hears(ctx, l, link, fence, bad, hole); err != nil {
			return err
		}
	}
	return nil
}

// unlessEnded forgives the error of a link that the broker has cut.
func (t *trial) unlessEnded(link wire.Link, err error) error {
	if ended(link) {
		return nil
	}
	return err
}

// reads tries to hear what is for others. Some brokers refuse the subscription,
// others take it and deliver nothing.
func (t *trial) reads(ctx context.Context) error {
	for _, filter := range []string{
		wire.KioskFilter(t.Org, t.Kiosks[1]), wire.KioskFilter(t.Org, "+"), wire.CentralFilter(t.Org), "#",
	} {
		link, refused := t.dial(ctx, t.Kiosks[0], t.Kiosks[0], wire.KioskFilter(t.Org, t.Kiosks[0]), filter)
		if err := t.alive(ctx, ""); err != nil {
			return err
		}
		if refused != nil {
			continue
		}
		if err := t.overheard(ctx, link, "a kiosk can read what is for others, by subscribing to "+filter); err != nil {
			return err
		}
		_ = link.Close() // the next one has the same name
	}
	return nil
}
