package wire_test

import (
	"crypto/ed25519"
	"fmt"

	"github.com/timepost/timepost/sync/wire"
)

// A kiosk asks for its roster; central believes it because the message is
// signed for exactly this topic by the key it has on file.
func ExampleSigner_Seal() {
	up := wire.Topic{Org: "acme", Kiosk: "front", Channel: wire.UpReq}
	m, err := wire.NewSigner(key(1)).Seal(up, wire.TypePull, "1", "", wire.Pull{Gen: 1, Version: 17})
	if err != nil {
		fmt.Println(err)
		return
	}
	topic, e, err := wire.Open(m, func(t wire.Topic, _ string) (ed25519.PublicKey, error) { return pub(1), nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	var pull wire.Pull
	if err := e.Decode(&pull); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(topic.Kiosk, e.Type, pull.Version)

	m.Topic = wire.Topic{Org: "acme", Kiosk: "back", Channel: wire.UpReq}.String()
	_, _, err = wire.Open(m, func(wire.Topic, string) (ed25519.PublicKey, error) { return pub(1), nil })
	fmt.Println(err)
	// Output:
	// front pull 17
	// A message's signature does not hold. (untrusted)
}
