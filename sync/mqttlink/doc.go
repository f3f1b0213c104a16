// Package mqttlink is wire.Link over MQTT 3.1.1, by paho.mqtt.golang.
//
// It moves messages and promises nothing about them: no token of the library is
// ever taken for an acknowledgement. A client lives for one connection. When it
// ends, the caller dials again, and each Dial tries the next broker of the list;
// the library's own reconnecting is off (no jitter, always the first server
// first, and tokens that complete without an acknowledgement). Sessions are
// clean and nothing is stored: the outbox is what remembers. Links and Dialers
// are safe for concurrent use.
package mqttlink
