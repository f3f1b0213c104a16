package wire

// Clock is what central's clock showed when a hello came in and when its answer went
// out: with the kiosk's own time of both ends it makes an anchor. Instants are unix
// nanoseconds. Source names whose clock it is; Err is by how much it can be off, in
// nanoseconds.
type Clock struct {
	Source   string `json:"source"`
	Received int64  `json:"received"`
	Sent     int64  `json:"sent"`
	Err      int64  `json:"err"`
}
