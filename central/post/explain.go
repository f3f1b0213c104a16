package post

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// step is how far a conversation came.
type step string

const (
	connecting step = "connect to mail server"
	sending    step = "name sender"
	addressing step = "name recipient"
	handing    step = "hand in mail"
)

// stepError is what went wrong at a step.
type stepError struct {
	at  step
	err error
}

func (e *stepError) Error() string { return string(e.at) + ": " + e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// explain says who can do something about a failure. Where it is the server's,
// whoever the mail is for, the detail "server" is true.
func explain(ctx context.Context, to Server, err error) error {
	var at *stepError
	errors.As(err, &at)
	e := explainStep(ctx, to, at, err)
	if at.at == connecting || at.at == sending {
		return e.With("server", true)
	}
	return e
}

func explainStep(ctx context.Context, to Server, at *stepError, err error) *problem.Error {
	var said *textproto.Error
	switch {
	case ctx.Err() != nil:
		return problem.New(problem.Unavailable, "The mail server did not answer in time.", "It may be busy, or a firewall is between.").Because(err)
	case untrusted(err):
		return problem.New(problem.Untrusted, "The mail server can't show that it is "+to.Host+".",
			"Its certificate is for another name, or of an unknown authority.").Because(err)
	case errors.As(err, &said):
		return answered(to, at.at, said, err)
	case at.at == connecting && to.Security != None && errors.As(err, new(tls.RecordHeaderError)):
		return problem.New(problem.Unavailable, "The mail server does not speak TLS there.", "With port 587 choose STARTTLS, with 465 TLS.").Because(err)
	case at.at == connecting:
		return problem.New(problem.Unavailable, "The mail server can't be used.",
			"Check its name, port and encryption. It failed with: "+reason(to, at.err.Error())).Because(err)
	}
	return problem.New(problem.Unavailable, "The mail server broke off.", "It is tried again.").Because(err)
}

// answered makes an error of what the server said.
func answered(to Server, at step, said *textproto.Error, err error) *problem.Error {
	words := reason(to, strconv.Itoa(said.Code)+" "+strings.Trim(said.Msg, `"`))
	switch {
	case said.Code == 535 || said.Code == 534 || said.Code == 530 || said.Code == 538:
		return problem.New(problem.Unauthenticated, "The mail server does not take this user name and password.", "It said: "+words).Because(err)
	case said.Code < 500:
		return problem.New(problem.Unavailable, "The mail server takes nothing just now.", "It said: "+words).Because(err)
	case at == connecting || at == sending:
		return problem.New(problem.Forbidden, "The mail server does not take mail from us.", "It said: "+words).Because(err)
	}
	return problem.New(problem.Invalid, "The mail server refuses this mail.", "It said: "+words).With("field", "to").Because(err)
}

func untrusted(err error) bool {
	return errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(x509.UnknownAuthorityError)) ||
		errors.As(err, new(x509.HostnameError)) || errors.As(err, new(x509.CertificateInvalidError))
}

// reason makes what a server said fit to be shown: one short line, without our
// password should it quote that.
func reason(to Server, text string) string {
	if to.Password != "" {
		text = strings.ReplaceAll(text, to.Password, "…")
	}
	if text = line(text); text == "" {
		return "nothing"
	}
	return text
}
