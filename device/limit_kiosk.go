package device

import "time"

// The limit of the whole kiosk: above 20 failures in 15 min that are more than
// 30 % of the attempts, 30 s between attempts. Never longer: a queue of people
// must not be locked out by one of them.
const (
	windowMinutes   = 15
	windowFailures  = 20
	windowPercent   = 30
	attemptInterval = 30 * time.Second
)

// kioskWindow counts the attempts of the last 15 minutes of running time, by the
// minute.
type kioskWindow struct {
	Minutes []minute      `json:"minutes,omitempty"` // ascending; only those that had attempts
	Last    time.Duration `json:"last"`              // running time of the last attempt
	Told    bool          `json:"told,omitempty"`    // central knows that it is slow
}

type minute struct {
	N        int64 `json:"n"` // running time in whole minutes
	Attempts int   `json:"a"`
	Failures int   `json:"f"`
}

// current drops the minutes that have left the window.
func (w kioskWindow) current(run time.Duration) kioskWindow {
	oldest := int64(run/time.Minute) - windowMinutes
	var kept []minute
	for _, m := range w.Minutes {
		if m.N > oldest {
			kept = append(kept, m)
		}
	}
	w.Minutes = kept
	if !w.slow() {
		w.Told = false
	}
	return w
}

func (w kioskWindow) failures() int {
	n := 0
	for _, m := range w.Minutes {
		n += m.Failures
	}
	return n
}

func (w kioskWindow) slow() bool {
	attempts, failures := 0, 0
	for _, m := range w.Minutes {
		attempts += m.Attempts
		failures += m.Failures
	}
	return failures > windowFailures && failures*100 > attempts*windowPercent
}

// wait gives how long the next attempt has to wait at running time run.
func (w kioskWindow) wait(run time.Duration) time.Duration {
	if !w.slow() {
		return 0
	}
	return max(0, attemptInterval-max(0, run-w.Last))
}

// charge counts one attempt as a failure.
func (w kioskWindow) charge(run time.Duration) kioskWindow {
	n := int64(run / time.Minute)
	w.Last = run
	w.Minutes = append([]minute(nil), w.Minutes...)
	if l := len(w.Minutes); l == 0 || w.Minutes[l-1].N != n {
		w.Minutes = append(w.Minutes, minute{N: n})
	}
	last := &w.Minutes[len(w.Minutes)-1]
	last.Attempts++
	last.Failures++
	return w
}

// refund makes an attempt charged at running time run a success.
func (w kioskWindow) refund(run time.Duration) kioskWindow {
	n := int64(run / time.Minute)
	w.Minutes = append([]minute(nil), w.Minutes...)
	for i := range w.Minutes {
		if w.Minutes[i].N == n && w.Minutes[i].Failures > 0 {
			w.Minutes[i].Failures--
		}
	}
	return w
}
