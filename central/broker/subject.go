package broker

import (
	"strings"

	"github.com/timepost/timepost/sync/wire"
)

// NATS carries an MQTT topic as a subject: '/' is '.', '+' is '*'. The segments
// of this protocol hold neither, so the mapping is one to one.

// subjectOf gives the subject of an MQTT topic or filter.
func subjectOf(topic string) string {
	return strings.NewReplacer("/", ".", "+", "*").Replace(topic)
}

// topicOf gives the MQTT topic of a subject.
func topicOf(subject string) string { return strings.ReplaceAll(subject, ".", "/") }

// upOf gives the subjects that a kiosk may write.
func upOf(org, kiosk string) string {
	return subjectOf("timepost/v1/" + org + "/" + kiosk + "/up/+")
}

// downOf gives the subjects that a kiosk may read.
func downOf(org, kiosk string) string { return subjectOf(wire.KioskFilter(org, kiosk)) }
