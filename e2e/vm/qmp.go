package vm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
)

// qmp is QEMU's control socket.
type qmp struct {
	conn net.Conn
	in   *json.Decoder
	out  *json.Encoder
}

func newQMP(conn net.Conn) (*qmp, error) {
	q := &qmp{conn, json.NewDecoder(conn), json.NewEncoder(conn)}
	var hello struct{ QMP json.RawMessage }
	if err := q.in.Decode(&hello); err != nil {
		return nil, fmt.Errorf("read qemu's greeting: %w", err)
	}
	return q, q.do("qmp_capabilities", nil)
}

// do runs one command; events in between are passed over.
func (q *qmp) do(command string, arguments any) error {
	if err := q.out.Encode(struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
	}{command, arguments}); err != nil {
		return fmt.Errorf("tell qemu %s: %w", command, err)
	}
	for {
		var a struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
			Event  string
		}
		if err := q.in.Decode(&a); err != nil {
			return fmt.Errorf("hear qemu: %w", err)
		}
		switch {
		case a.Error != nil:
			return fmt.Errorf("%s: %w", command, errors.New(a.Error.Desc))
		case a.Event == "":
			return nil
		}
	}
}

// Type presses keys of the guest's USB keyboard one after the other, as QEMU
// names them: "1", "a", "ret". They come at once, as a card's number does; eight at
// most, which is what QEMU's keyboard keeps.
func (m *Machine) Type(keys ...string) error {
	type key struct {
		Type string `json:"type"`
		Data string `json:"data"`
	}
	type held struct {
		Type string `json:"type"`
		Data struct {
			Down bool `json:"down"`
			Key  key  `json:"key"`
		} `json:"data"`
	}
	events := make([]held, 2*len(keys))
	for i := range events {
		events[i].Type = "key"
		events[i].Data.Down, events[i].Data.Key = i%2 == 0, key{"qcode", keys[i/2]}
	}
	return m.qmp.do("input-send-event", map[string]any{"events": events})
}
