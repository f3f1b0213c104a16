package pin_test

import (
	"crypto/rand"
	"fmt"

	"github.com/timepost/timepost/attendance/pin"
)

// A PIN shows itself to nobody who did not ask by name.
func ExamplePIN() {
	p, err := pin.Parse("4711")
	fmt.Println(p, err, p.Reveal())
	// Output: [pin] <nil> 4711
}

// Central hashes a PIN once and seals the hash to each kiosk; only that kiosk,
// and only for that row, gets it back.
func ExampleSeal() {
	p, _ := pin.Parse("4711")
	hasher, _ := pin.NewHasher(4) // pin.ProductionCost outside tests
	hash, _ := hasher.Hash(pin.Personal, "p-1", p)
	key, _ := pin.NewSealKey(rand.Reader)
	row := pin.Binding{Org: "acme", Kiosk: "front", Key: "s1", Kind: pin.Personal, Subject: "p-1", Role: "regular", Version: 1}
	sealed, _ := pin.Seal(key.PublicKey(), row, hash)

	opened, _ := pin.Open(key, row, sealed)
	ok, _ := pin.Matches(opened, pin.Personal, "p-1", p)
	row.Role = "admin"
	_, err := pin.Open(key, row, sealed)
	fmt.Println(ok, err != nil)
	// Output: true true
}
