// Package problem is how Timepost says that something went wrong.
//
// Every error answers three people: the program (a Code it can switch on), the
// operator (a cause chain of "verb noun: ..." steps), and the person who is
// standing there (a Message in plain words and a Hint that names the next step).
// The faces map it once, at the edge: HTTP to RFC 9457, commands to an exit
// code, the touchscreen to a Refused screen. Values are immutable after they
// are made and safe for concurrent use.
package problem

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Code names a kind of failure. Programs decide on it; it never changes its meaning.
type Code string

// The codes. HTTPStatus and ExitCode say what the faces make of each.
const (
	Invalid         Code = "invalid"         // the input is wrong; the same call fails again
	Unauthenticated Code = "unauthenticated" // nobody is logged in, or the secret was wrong
	Forbidden       Code = "forbidden"       // known, but not allowed
	NotFound        Code = "not_found"       // no such thing
	Conflict        Code = "conflict"        // the state does not allow it (now)
	Limited         Code = "limited"         // too many attempts; wait
	Locked          Code = "locked"          // closed until somebody opens it
	Expired         Code = "expired"         // was good once
	Used            Code = "used"            // was good, and has been taken
	Unavailable     Code = "unavailable"     // the other side does not answer; try again
	Untrusted       Code = "untrusted"       // a signature, certificate or hash does not hold
	Damaged         Code = "damaged"         // stored data is not what was written
	OutOfOrder      Code = "out_of_order"    // the disk does not take writes
	Internal        Code = "internal"        // our mistake
)

// Error is an error with a code, a message for the person and a hint.
type Error struct {
	Code    Code
	Message string // plain words, no errno, no identifier that is not the reader's
	Hint    string // the next step; may be empty
	Detail  map[string]any
	Err     error // the cause; may be nil
}

// New makes an Error without a cause.
func New(code Code, message, hint string) *Error {
	return &Error{Code: code, Message: message, Hint: hint}
}

// With returns a copy of e that carries one more detail for the program
// (for example "tries_left": 3).
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Detail = make(map[string]any, len(e.Detail)+1)
	for k, v := range e.Detail {
		c.Detail[k] = v
	}
	c.Detail[key] = value
	return &c
}

// Because returns a copy of e with err as its cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Error gives the operator's line: code, message and the cause chain.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s (%s)", e.Message, e.Code)
	}
	return fmt.Sprintf("%s (%s): %v", e.Message, e.Code, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// From finds the Error in err's chain. An error without one becomes Internal,
// a cancelled or timed-out context Unavailable. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return New(Unavailable, "That took too long.", "Try again.").Because(err)
	}
	return New(Internal, "Something went wrong on our side.", "Try again; if it stays, ask your operator to look at the log.").Because(err)
}

// CodeOf gives the code of err, Internal where it carries none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// HTTPStatus gives the status a web face answers with.
func (c Code) HTTPStatus() int {
	switch c {
	case Invalid:
		return http.StatusBadRequest
	case Unauthenticated:
		return http.StatusUnauthorized
	case Forbidden, Untrusted:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict, Used:
		return http.StatusConflict
	case Expired:
		return http.StatusGone
	case Limited, Locked:
		return http.StatusTooManyRequests
	case Unavailable, OutOfOrder:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// ExitCode gives the exit code of a command that ends with the code, after
// sysexits.h where that has one.
func (c Code) ExitCode() int {
	switch c {
	case "":
		return 0
	case Invalid:
		return 64 // EX_USAGE
	case Damaged:
		return 65 // EX_DATAERR
	case NotFound:
		return 66 // EX_NOINPUT
	case Unavailable, OutOfOrder:
		return 69 // EX_UNAVAILABLE
	case Internal:
		return 70 // EX_SOFTWARE
	case Limited, Locked, Conflict, Used, Expired:
		return 75 // EX_TEMPFAIL
	case Unauthenticated, Forbidden, Untrusted:
		return 77 // EX_NOPERM
	default:
		return 1
	}
}

// Details is the body of an HTTP answer that says what went wrong (RFC 9457,
// application/problem+json).
type Details struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Code   Code           `json:"code"`
	Hint   string         `json:"hint,omitempty"`
	Detail map[string]any `json:"detail,omitempty"`
}

// DetailsOf gives the answer body for err, which is not nil; the cause chain
// stays in the log.
func DetailsOf(err error) Details {
	e := From(err)
	return Details{
		Type: "about:blank", Title: e.Message, Status: e.Code.HTTPStatus(),
		Code: e.Code, Hint: e.Hint, Detail: e.Detail,
	}
}

// Problem gives back the Error that made d: the client's side of DetailsOf. A
// body without a code (a proxy's, say) gets one from its status, so that it is
// never taken for success.
func (d Details) Problem() *Error {
	e := &Error{Code: d.Code, Message: d.Title, Hint: d.Hint, Detail: d.Detail}
	if e.Code == "" {
		e.Code = codeOfStatus(d.Status)
	}
	if e.Message == "" {
		e.Message = "The server refused and did not say why."
	}
	return e
}

func codeOfStatus(status int) Code {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		return Invalid
	case http.StatusUnauthorized:
		return Unauthenticated
	case http.StatusForbidden:
		return Forbidden
	case http.StatusNotFound:
		return NotFound
	case http.StatusConflict:
		return Conflict
	case http.StatusGone:
		return Expired
	case http.StatusTooManyRequests:
		return Limited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return Unavailable
	default:
		return Internal
	}
}
