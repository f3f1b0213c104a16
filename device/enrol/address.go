package enrol

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// Scheme is the scheme of an enrolment address:
// timepost://host:port/CODE?ca=SHA256, the hash being that of the authority's
// certificate, in hex.
const Scheme = "timepost"

// The ports that are meant where none is written.
const (
	webPort    = "443"
	devicePort = "8443"
)

// Address is where to enrol and with which code.
type Address struct {
	Host   string            // host:port
	Code   string            // normalised: 10 characters without dash, 20 of a fleet token
	CA     [sha256.Size]byte // the pinned authority's hash; only if Pinned
	Pinned bool              // Host is the device listener, not the web address
}

// ParseRequest reads what a person typed or scanned. It fails with
// problem.Invalid.
func ParseRequest(r local.EnrolRequest) (Address, error) {
	server := strings.TrimSpace(r.Server)
	if scheme, _, ok := strings.Cut(server, "://"); ok && strings.EqualFold(scheme, Scheme) {
		return ParseURL(server)
	}
	code, err := ParseCode(r.Code)
	if err != nil {
		return Address{}, err
	}
	host, err := parseServer(server)
	if err != nil {
		return Address{}, err
	}
	return Address{Host: host, Code: code}, nil
}

// parseAsking reads a request without a code: the host that is asked. ok is false where
// there is a code, or a whole address.
func parseAsking(r local.EnrolRequest) (host string, ok bool, err error) {
	server := strings.TrimSpace(r.Server)
	if scheme, _, whole := strings.Cut(server, "://"); strings.TrimSpace(r.Code) != "" || whole && strings.EqualFold(scheme, Scheme) {
		return "", false, nil
	}
	host, err = parseServer(server)
	return host, err == nil, err
}

// ParseURL reads timepost://host:port/CODE?ca=SHA256. It fails with
// problem.Invalid.
func ParseURL(s string) (Address, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || !strings.EqualFold(u.Scheme, Scheme) || u.User != nil || u.Fragment != "" {
		return Address{}, badURL()
	}
	a := Address{Pinned: true}
	if a.Host, err = joinHost(u.Hostname(), u.Port(), devicePort); err != nil {
		return Address{}, err
	}
	if a.Code, err = ParseCode(strings.Trim(u.Path, "/")); err != nil {
		return Address{}, err
	}
	sum, err := hex.DecodeString(u.Query().Get("ca"))
	if err != nil || len(sum) != sha256.Size {
		return Address{}, badURL()
	}
	a.CA = [sha256.Size]byte(sum)
	return a, nil
}

// parseServer reads host, host:port or https://host:port into host:port.
func parseServer(s string) (string, error) {
	if s == "" {
		return "", problem.New(problem.Invalid, "The server's address is missing.",
			"Type the address of your Timepost server, like timepost.example.com.")
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", badServer()
	}
	if !strings.EqualFold(u.Scheme, "https") {
		return "", problem.New(problem.Invalid, "A kiosk speaks to its server by HTTPS only.", "Write https:// or leave it out.")
	}
	return joinHost(u.Hostname(), u.Port(), webPort)
}

func joinHost(host, port, otherwise string) (string, error) {
	if port == "" {
		port = otherwise
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || !validHost(host) {
		return "", badServer()
	}
	return net.JoinHostPort(strings.ToLower(host), port), nil
}

// validHost takes an IP address, or a name of letters, digits, dots and dashes.
func validHost(host string) bool {
	if net.ParseIP(host) != nil {
		return true
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

// CodeLen is how many characters a code has, the dash not counted: 50 bits. A fleet
// token, which nobody types, has TokenLen.
const (
	CodeLen  = 10
	TokenLen = 20
)

// alphabet is Crockford's base 32: no I, L, O or U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ParseCode reads a code as people type it: any case, with or without dashes and
// blanks, O for 0, I and L for 1. It fails with problem.Invalid.
func ParseCode(typed string) (string, error) {
	b := make([]byte, 0, TokenLen)
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case '-', ' ', '\t', '\u00a0', '\u2010', '\u2011', '\u2013':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(alphabet, r) {
			return "", problem.New(problem.Invalid, "There is a character in the code that codes never have.",
				"A code has digits and letters only, and no U.")
		}
		if b = append(b, byte(r)); len(b) > TokenLen {
			break
		}
	}
	if len(b) != CodeLen && len(b) != TokenLen {
		return "", problem.New(problem.Invalid, "A code has 10 characters.", "Type it as shown, like 7K3QX-M0R2T.")
	}
	return string(b), nil
}

func badServer() error {
	return problem.New(problem.Invalid, "This is not a server's address.",
		"Write it like timepost.example.com or timepost.example.com:8443.")
}

func badURL() error {
	return problem.New(problem.Invalid, "This enrolment address is not complete.",
		"Copy or scan it again from the Kiosks page: timepost://host:port/CODE?ca=...")
}
