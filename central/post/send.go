package post

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	mail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

var errUnprintable = errors.New("not one plain address")

// DefaultTimeout bounds the whole of one mail where a Sender names no bound.
const DefaultTimeout = 30 * time.Second

// Sender hands mails to servers. The zero value is ready.
type Sender struct {
	// Roots are the authorities that a server's certificate is checked with; nil:
	// the system's.
	Roots *x509.CertPool
	// Timeout bounds one mail from the first byte to the last; 0: DefaultTimeout.
	Timeout time.Duration
}

// Send hands in one mail. nil means that the server has taken it over; after any
// error it may be sent again, with the same ID, except after problem.Invalid. The
// errors are the package's; ctx ending is problem.Unavailable.
func (s *Sender) Send(ctx context.Context, to Server, m Message) error {
	if err := to.Check(); err != nil {
		return err
	}
	letter, err := compose(to, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	if err := s.hand(ctx, to, letter); err != nil {
		return explain(ctx, to, err)
	}
	return nil
}

func (s *Sender) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return DefaultTimeout
}

// hand speaks SMTP. The connection is closed when ctx ends, whatever the server
// does meanwhile.
func (s *Sender) hand(ctx context.Context, to Server, l *letter) error {
	var k link
	defer k.end()
	client, err := s.dial(ctx, to, &k)
	if err != nil {
		return &stepError{connecting, err}
	}
	if err := client.Mail(l.from); err != nil {
		return &stepError{sending, err}
	}
	if err := client.Rcpt(l.to); err != nil {
		return &stepError{addressing, err}
	}
	w, err := client.Data()
	if err != nil {
		return &stepError{handing, err}
	}
	if _, err := l.msg.WriteTo(w); err != nil {
		return &stepError{handing, err}
	}
	if err := w.Close(); err != nil {
		return &stepError{handing, err}
	}
	_ = client.Quit() // the mail is theirs by now; how they say goodbye changes nothing
	return nil
}

// link is the connection below a conversation.
type link struct {
	conn    net.Conn
	unwatch func() bool
}

// watch has the connection closed as soon as ctx ends.
func (k *link) watch(ctx context.Context, conn net.Conn) {
	k.conn = conn
	k.unwatch = context.AfterFunc(ctx, func() { _ = conn.Close() }) // the conversation tells of it
}

func (k *link) end() {
	if k.conn == nil {
		return
	}
	k.unwatch()
	_ = k.conn.Close() // closed before, where the conversation ended well
}

// dial gives a connection on which mail may be handed in.
func (s *Sender) dial(ctx context.Context, to Server, k *link) (*smtp.Client, error) {
	config := &tls.Config{ServerName: to.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	policy := mail.NoTLS
	if to.Security == StartTLS {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(to.Port), mail.WithTimeout(s.timeout()), mail.WithTLSConfig(config), mail.WithTLSPolicy(policy),
		mail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(dialing, network, address)
			if err != nil {
				return nil, err
			}
			k.watch(ctx, conn)
			if to.Security != TLS {
				return conn, nil
			}
			secure := tls.Client(conn, config)
			return secure, secure.HandshakeContext(dialing)
		}),
	}
	if to.User != "" {
		options = append(options, mail.WithUsername(to.User), mail.WithPassword(to.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	c, err := mail.NewClient(to.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare connection: %w", err)
	}
	return c.DialToSMTPClientWithContext(ctx)
}
