package hook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// Target is where messages go.
type Target struct {
	URL    string
	Secret string
	Inside bool // an address of a private network is allowed
}

const (
	sendIn = 10 * time.Second
	maxURL = 500
)

// Check says what is wrong with a target: problem.Invalid with the detail "field".
func (t Target) Check() error {
	u, err := url.Parse(t.URL)
	if err != nil || len(t.URL) > maxURL || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" || u.User != nil || u.Fragment != "" {
		return problem.New(problem.Invalid, "This is not an address that alerts can be posted to.",
			"Write it like https://chat.example.com/hooks/timepost, without a user name.").With("field", "url")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !Allowed(ip, t.Inside) {
		e := refused()
		e.Code = problem.Invalid
		return e.With("field", "url")
	}
	return nil
}

func refused() *problem.Error {
	return problem.New(problem.Forbidden, "Nothing is posted to this address.",
		"It is this machine, its own link, or a private network. Tick “inside our network” where the receiver really is there.")
}

// Allowed says whether a message may go to an address.
func Allowed(ip netip.Addr, inside bool) bool {
	ip = ip.Unmap()
	if !ip.IsValid() || !ip.IsGlobalUnicast() { // not: loopback, link-local, multicast, unspecified, broadcast
		return false
	}
	for _, never := range []string{"0.0.0.0/8", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"} {
		if netip.MustParsePrefix(never).Contains(ip) {
			return false
		}
	}
	private := ip.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip)
	return inside || !private
}

// Sender posts messages. The zero value is the real one.
type Sender struct {
	Client *http.Client // nil: one that keeps the package's promises
}

// Send posts one message and fails unless the receiver takes it, with
// problem.Unavailable or problem.Forbidden.
func (s Sender) Send(ctx context.Context, to Target, id int64, at time.Time, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendIn)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return problem.New(problem.Invalid, "The address of the webhook can't be used.", "Type it again in the settings.").Because(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Timepost")
	req.Header.Set("Timepost-Delivery", strconv.FormatInt(id, 10))
	req.Header.Set("Timepost-Signature", Sign(to.Secret, at, body))
	client := s.Client
	if client == nil {
		client = guarded(to.Inside)
	}
	res, err := client.Do(req)
	if problem.Is(err, problem.Forbidden) {
		return err
	}
	if err != nil {
		return problem.New(problem.Unavailable, "The receiver of alerts does not answer.", "Check its address, its name and its certificate.").Because(err)
	}
	if err := res.Body.Close(); err != nil {
		return problem.New(problem.Unavailable, "The receiver of alerts hung up.", "").Because(err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return problem.New(problem.Unavailable, fmt.Sprintf("The receiver of alerts answered %d.", res.StatusCode),
			"It has to answer 200 to 299; a redirect is not followed.")
	}
	return nil
}

// Sign gives the value of Timepost-Signature.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// guarded gives a client that judges each address at the moment of the connection.
func guarded(inside bool) *http.Client {
	dialer := net.Dialer{Timeout: sendIn, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !Allowed(at.Addr(), inside) {
			return refused()
		}
		return nil
	}}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: 1 << 16},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       sendIn,
	}
}
