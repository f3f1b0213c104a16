// Package broker is central's end of the wire: the MQTT broker that central
// brings along, and the exchange that hands central what kiosks send.
//
// The broker (Embedded) is nats-server in this process, listening for MQTT with
// mutual TLS 1.3. A kiosk is what its certificate says: it may write only its own
// up/ topics and read only its own down/ topics, and must use its id as client
// id, so that none can push another off the line. Nothing is kept for anybody:
// a message without a receiver is gone, and the kiosk's outbox sends it again.
//
// There are two exchanges with the same two methods, Run and Publish. Local is a
// queue group inside the embedded broker, so replicas on one cluster share the
// work. External is a client of any MQTT 3.1.1 broker and connects for ever.
// Messages of one kiosk are handled one after the other, in order of arrival;
// different kiosks side by side. Everything is safe for concurrent use.
package broker
