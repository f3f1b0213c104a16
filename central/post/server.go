package post

import (
	"net"
	"net/mail"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// How the connection to a server is encrypted.
const (
	StartTLS = "starttls" // begins in the clear; without TLS no mail is sent
	TLS      = "tls"      // from the first byte
	None     = "none"     // a server on this machine only
)

// Server is where mails are handed in.
type Server struct {
	Host     string
	Port     int
	Security string // StartTLS, TLS or None
	User     string // empty: no authentication
	Password string
	From     string // an address, or a name with one: Timepost <clock@acme.example>
}

const (
	maxAddress = 254 // RFC 5321, 4.5.3.1.3, without the brackets
	maxFrom    = 320
)

// Check says what is wrong with the settings: problem.Invalid with the detail
// "field" host, port, security, user or from.
func (s Server) Check() error {
	switch {
	case s.Host == "" || len(s.Host) > 253 || strings.ContainsAny(s.Host, " \t\r\n/@\"<>\x00") || strings.Count(s.Host, ":") == 1:
		return wrong("host", "This is not the name of a server.", "Such as smtp.example.com, without a port.")
	case s.Port < 1 || s.Port > 65535:
		return wrong("port", "This is not a port.", "Usually 587 with STARTTLS and 465 with TLS.")
	case s.Security != StartTLS && s.Security != TLS && s.Security != None:
		return wrong("security", "There is no such encryption.", "Choose STARTTLS, TLS or none.")
	case s.Security == None && !loopback(s.Host):
		return wrong("security", "Mail to another machine must be encrypted.", "Choose STARTTLS or TLS. None is for a server on this machine, such as 127.0.0.1.")
	case s.Security == None && s.User != "":
		return wrong("user", "A password is not sent without encryption.", "Choose STARTTLS or TLS, or leave the user name empty.")
	case unprintable(s.User) || len(s.User) > maxFrom:
		return wrong("user", "This is not a user name.", "Often it is the whole e-mail address.")
	}
	if _, err := s.sender(); err != nil {
		return err
	}
	return nil
}

func (s Server) sender() (*mail.Address, error) {
	a, err := address(s.From, maxFrom)
	if err != nil {
		return nil, wrong("from", "This is not an e-mail address.", "Such as timepost@example.com, or Timepost <timepost@example.com>.").Because(err)
	}
	return a, nil
}

// Address reads one e-mail address; problem.Invalid.
func Address(text string) (string, error) {
	a, err := address(text, maxFrom)
	if err != nil {
		return "", problem.New(problem.Invalid, "This is not an e-mail address.", "Such as ann@example.com.").Because(err)
	}
	return a.Address, nil
}

func address(text string, most int) (*mail.Address, error) {
	if unprintable(text) || len(text) > most {
		return nil, errUnprintable
	}
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, err
	}
	local, domain, ok := cutLast(a.Address, "@")
	if !ok || local == "" || domain == "" || len(a.Address) > maxAddress || strings.ContainsAny(a.Address, " <>\"\\") {
		return nil, errUnprintable // quoted local parts: nobody has one, and servers disagree on them
	}
	return a, nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// unprintable says whether text holds what could end a header line or a command.
func unprintable(text string) bool {
	return strings.ContainsFunc(text, control)
}

func control(r rune) bool {
	return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029'
}

// loopback says whether a host can only be this machine. A name is not looked up:
// what it means may change.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func wrong(field, message, hint string) *problem.Error {
	return problem.New(problem.Invalid, message, hint).With("field", field)
}
