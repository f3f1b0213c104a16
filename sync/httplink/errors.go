package httplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// reach says why nobody (or the wrong one) answered.
func reach(err error) error {
	var p *problem.Error
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.As(err, &p):
		return err // the verification of the certificate
	case errors.As(err, &dns) && dns.IsNotFound:
		return problem.New(problem.Unavailable, "No server of this name was found.",
			"Check the address for typing mistakes, and the network cable or Wi-Fi.").Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return problem.New(problem.Unavailable, "The server takes too long to answer.",
			"Check the network, then try again.").Because(err)
	case errors.Is(err, context.Canceled):
		return err
	}
	return problem.New(problem.Unavailable, "The server can't be reached.",
		"Check the address, and the network cable or Wi-Fi, then try again.").Because(err)
}

// unknownServer is the error of a web address nobody vouches for.
func unknownServer(err error) error {
	return problem.New(problem.Untrusted, "This kiosk does not know who vouches for this server.",
		"Enrol with the whole address from the Kiosks page (timepost://...), or give the server's CA file.").Because(err)
}

// wrongClock is the error of a web address that is vouched for, if only it were another
// day. Its detail "clock" is the day that this machine takes it to be.
func wrongClock(now time.Time, err error) error {
	day := now.UTC().Format(time.DateOnly)
	return problem.New(problem.Untrusted, "The clock of this machine seems to be wrong: it says "+day+".",
		"Set it, or let it reach a time server. The whole address from the Kiosks page (timepost://...) works without a clock. "+
			"If the day is right, the server's certificate has ended: tell your operator.").With("clock", day).Because(err)
}

// stranger is the error of a server that answers something else.
func stranger(err error) error {
	return problem.New(problem.NotFound, "There is a server at this address, but it is not Timepost.",
		"Check the address and the port.").Because(err)
}

func badAddress(err error) error {
	return problem.New(problem.Invalid, "This is not a server's address.",
		"Write it like timepost.example.com or timepost.example.com:8443.").Because(err)
}

// refused gives central's own problem, or one made of the status where the
// answer is not central's.
func refused(resp *http.Response, body []byte) error {
	cause := fmt.Errorf("HTTP status %d", resp.StatusCode)
	var d problem.Details
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && kind == "application/problem+json" && json.Unmarshal(body, &d) == nil && known(d.Code) {
		return d.Problem().Because(cause)
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return problem.New(problem.Limited, "There were too many tries.", "Wait a minute, then try again.").Because(cause)
	case resp.StatusCode >= http.StatusInternalServerError:
		return problem.New(problem.Unavailable, "The server is not well.", "Try again in a few minutes.").Because(cause)
	}
	return stranger(cause)
}

// known says whether a code is one that central may give a kiosk. Codes about
// this machine's own disk or program make no sense from afar.
func known(c problem.Code) bool {
	switch c {
	case problem.Invalid, problem.Unauthenticated, problem.Forbidden, problem.NotFound, problem.Conflict,
		problem.Limited, problem.Expired, problem.Used, problem.Unavailable, problem.Untrusted:
		return true
	}
	return false
}
