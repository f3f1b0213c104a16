package wire

// TypeBack is down/push: Back, to each kiosk when central is at a broker again that
// kiosks may have stayed connected to.
const TypeBack Type = "back"

// Back says that central is there again: what waits for its answer may be asked and
// sent again now. It is a hint. Losing it costs time, believing it costs nothing.
type Back struct {
	Gen uint64 `json:"gen"`
}
