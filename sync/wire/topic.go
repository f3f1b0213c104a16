package wire

import (
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

// Channel is the last two segments of a topic: direction and use.
type Channel string

// The channels. A kiosk writes only its own up/ and reads only its own down/.
const (
	UpRecords Channel = "up/records" // batches of records, QoS 1
	UpReq     Channel = "up/req"     // hello, pull, QoS 0
	DownAck   Channel = "down/ack"   // stored up to here, QoS 0
	DownRes   Channel = "down/res"   // replies, QoS 0
	DownPush  Channel = "down/push"  // roster delta, presence, QoS 0
)

// Topic names one channel of one kiosk: timepost/v1/<org>/<kiosk>/<channel>.
type Topic struct {
	Org     string
	Kiosk   string
	Channel Channel
}

// String gives the MQTT topic.
func (t Topic) String() string {
	return "timepost/v1/" + t.Org + "/" + t.Kiosk + "/" + string(t.Channel)
}

// QoS gives the quality of service the channel is sent with.
func (t Topic) QoS() byte {
	if t.Channel == UpRecords {
		return 1
	}
	return 0
}

// KioskFilter is the one subscription of a kiosk.
func KioskFilter(org, kiosk string) string { return "timepost/v1/" + org + "/" + kiosk + "/down/+" }

// CentralFilter is the one subscription of central.
func CentralFilter(org string) string { return "timepost/v1/" + org + "/+/up/+" }

// ParseTopic reads an MQTT topic of this protocol.
func ParseTopic(s string) (Topic, error) {
	p := strings.Split(s, "/")
	if len(p) != 6 || p[0] != "timepost" || p[1] != "v1" {
		return Topic{}, problem.New(problem.Invalid, "This is not a Timepost topic.", "")
	}
	t := Topic{Org: p[2], Kiosk: p[3], Channel: Channel(p[4] + "/" + p[5])}
	if !attendance.ValidSegment(t.Org) || !attendance.ValidSegment(t.Kiosk) {
		return Topic{}, problem.New(problem.Invalid, "This topic names no organisation or kiosk.", "")
	}
	switch t.Channel {
	case UpRecords, UpReq, UpHealth, DownAck, DownRes, DownPush:
		return t, nil
	}
	return Topic{}, problem.New(problem.Invalid, "This topic has no known channel.", "")
}
