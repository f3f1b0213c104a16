package schedule

import "time"

// Limits of waiting before another try. They hold for connections and for
// acknowledgements alike.
const (
	MaxWait    = 120 * time.Second // no wait is longer
	AckTimeout = 10 * time.Second  // the first wait for an acknowledgement
	retryFrom  = 2 * time.Second   // the first wait after a failed try
	maxSpread  = 60 * time.Second  // over which a fleet comes back
	minSpread  = time.Second
	perSecond  = 100 // kiosks that may come back in a second
)

// Doubling gives first, 2*first, 4*first ... for n = 0, 1, 2 ..., at most limit.
func Doubling(first, limit time.Duration, n int) time.Duration {
	d := first
	for i := 0; i < n && d < limit; i++ {
		d *= 2
	}
	return min(d, limit)
}

// Ack gives how long to wait for an acknowledgement after n waits in vain.
func Ack(n int) time.Duration { return Doubling(AckTimeout, MaxWait, n) }

// Reconnect says how long to wait before connecting again. Fleet is the number
// of kiosks, as central told it; 0 when unknown.
type Reconnect struct {
	Fleet int
}

// Wait gives the wait before the next try, after n tries in a row have failed.
// The first (n = 0) is spread evenly over the time in which the whole fleet may
// come back, because all of it lost the connection in the same second; then the
// wait doubles up to MaxWait, half of it by chance. chance is in [0, 1).
func (r Reconnect) Wait(n int, chance float64) time.Duration {
	if n <= 0 {
		return time.Duration(chance * float64(r.spread()))
	}
	half := Doubling(retryFrom, MaxWait, n-1) / 2
	return half + time.Duration(chance*float64(half))
}

func (r Reconnect) spread() time.Duration {
	kiosks := min(r.Fleet, int(maxSpread/time.Second)*perSecond)
	return max(minSpread, time.Duration(kiosks)*time.Second/perSecond)
}
