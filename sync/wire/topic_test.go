package wire_test

import (
	"strings"
	"testing"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

func TestTopics(t *testing.T) {
	t.Parallel()
	for channel, qos := range map[wire.Channel]byte{
		wire.UpRecords: 1, wire.UpReq: 0, wire.UpHealth: 0, wire.DownAck: 0, wire.DownRes: 0, wire.DownPush: 0,
	} {
		topic := wire.Topic{Org: "acme", Kiosk: "front-door", Channel: channel}
		want := "timepost/v1/acme/front-door/" + string(channel)
		if topic.String() != want || topic.QoS() != qos {
			t.Errorf("%s: %s QoS %d", channel, topic, topic.QoS())
		}
		if got, err := wire.ParseTopic(want); err != nil || got != topic {
			t.Errorf("%s: %+v, %v", want, got, err)
		}
		filter := wire.KioskFilter("acme", "front-door")
		if strings.HasPrefix(string(channel), "up/") {
			filter = wire.CentralFilter("acme")
		}
		if !covers(filter, want) {
			t.Errorf("%s does not cover %s", filter, want)
		}
	}
	for _, other := range []string{"timepost/v1/acme/front-door/up/req", "timepost/v1/acme/back/down/ack", "timepost/v1/acmf/front-door/down/ack"} {
		if covers(wire.KioskFilter("acme", "front-door"), other) {
			t.Errorf("a kiosk hears %s", other)
		}
	}
}

// covers matches an MQTT filter with single-level wildcards.
func covers(filter, topic string) bool {
	f, p := strings.Split(filter, "/"), strings.Split(topic, "/")
	if len(f) != len(p) {
		return false
	}
	for i := range f {
		if f[i] != "+" && f[i] != p[i] {
			return false
		}
	}
	return true
}

func TestParseTopicRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "/", "timepost", "timepost/v1/acme/front/up", "timepost/v1/acme/front/up/req/", "/timepost/v1/acme/front/up/req",
		"timepost/v2/acme/front/up/req", "Timepost/v1/acme/front/up/req", "timepost/v1//front/up/req", "timepost/v1/acme//up/req",
		"timepost/v1/+/front/up/req", "timepost/v1/acme/#/up/req", "timepost/v1/acme/+/up/+", "timepost/v1/acme/Front/up/req",
		"timepost/v1/acme/front/up/wealth", "timepost/v1/acme/front/down/req", "timepost/v1/acme/front/up/ack", "timepost/v1/acme/front\x00/up/req",
		"timepost/v1/acme/" + strings.Repeat("a", 41) + "/up/req",
	} {
		if got, err := wire.ParseTopic(s); !problem.Is(err, problem.Invalid) || got != (wire.Topic{}) {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
}

func FuzzParseTopic(f *testing.F) {
	for _, s := range []string{"timepost/v1/acme/front/up/req", "timepost/v1/a/b/down/push", "timepost/v1/a/b/down/+", "////", "timepost/v1/a/b/up"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		topic, err := wire.ParseTopic(s)
		if err == nil && (topic.String() != s || strings.ContainsAny(s, "+#$ \x00") || strings.Count(s, "/") != 5) {
			t.Fatalf("%q is %+v", s, topic)
		}
	})
}
