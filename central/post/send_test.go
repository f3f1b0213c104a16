package post_test

import (
	"context"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/central/post/posttest"
	"github.com/timepost/timepost/internal/problem"
)

const password = "correct horse 7Q"

var at = time.Date(2026, 3, 3, 12, 20, 0, 0, time.UTC)

func server(s *posttest.Server, security string) post.Server {
	return post.Server{Host: "127.0.0.1", Port: s.Port, Security: security, From: "Timepost <clock@acme.example>"}
}

func message(change func(*post.Message)) post.Message {
	m := post.Message{ID: "1.2.acme", At: at, To: "ann@acme.example", Subject: "Ada Brandt forgot their PIN", Body: "Hello.\n"}
	if change != nil {
		change(&m)
	}
	return m
}

func wants(t *testing.T, err error, code problem.Code) {
	t.Helper()
	if problem.CodeOf(err) != code {
		t.Fatalf("%v, want %s", err, code)
	}
	if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(problem.From(err).Hint, password)) {
		t.Fatalf("the password is in %v", err)
	}
}

// read parses a mail as a mailbox does.
func read(t *testing.T, m posttest.Mail) (*mail.Message, string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	var body io.Reader = msg.Body
	if msg.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return msg, strings.ReplaceAll(string(text), "\r\n", "\n")
}

func TestMailArrivesAsWritten(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{post.None, post.StartTLS, post.TLS} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			o := posttest.Options{Mode: mode}
			if mode != post.None {
				o.User, o.Password = "clock", password
			}
			s := posttest.Start(t, o)
			to := server(s, mode)
			to.User, to.Password = o.User, o.Password
			m := message(func(m *post.Message) {
				m.Subject, m.Body = "Zoë Müller 日本 hat die PIN vergessen", "Grüße\n.\n.a dot first\n\nEnd.\n"
			})
			wants(t, (&post.Sender{Roots: s.Roots}).Send(t.Context(), to, m), "")
			got := s.Mail()
			msg, body := read(t, got)
			subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(map[string]string{
				"from": "clock@acme.example", "to": "ann@acme.example", "login": o.User, "subject": m.Subject, "body": m.Body,
				"id": "<1.2.acme@acme.example>", "date": "Tue, 03 Mar 2026 12:20:00 +0000", "auto": "auto-generated",
				"kind": "text/plain; charset=UTF-8", "header from": `"Timepost" <clock@acme.example>`,
			}, map[string]string{
				"from": got.From, "to": strings.Join(got.To, ","), "login": got.Login, "subject": subject, "body": body,
				"id": msg.Header.Get("Message-ID"), "date": msg.Header.Get("Date"), "auto": msg.Header.Get("Auto-Submitted"),
				"kind": msg.Header.Get("Content-Type"), "header from": msg.Header.Get("From"),
			}); d != "" {
				t.Error(d)
			}
			if got.TLS != (mode != post.None) {
				t.Errorf("encrypted: %v", got.TLS)
			}
		})
	}
}

func TestFaultsAreToldApart(t *testing.T) {
	t.Parallel()
	locked := posttest.Start(t, posttest.Options{Mode: "starttls", User: "clock", Password: password})
	plain := posttest.Start(t, posttest.Options{Refuse: "nobody", RefuseSender: "stranger"})
	for _, c := range []struct {
		name   string
		server func() post.Server
		roots  bool
		msg    func(*post.Message)
		want   problem.Code
	}{
		{"wrong password", func() post.Server {
			s := server(locked, post.StartTLS)
			s.User, s.Password = "clock", password+"!"
			return s
		}, true, nil, problem.Unauthenticated},
		{"no password", func() post.Server { return server(locked, post.StartTLS) }, true, nil, problem.Unauthenticated},
		{"unknown authority", func() post.Server { return server(locked, post.StartTLS) }, false, nil, problem.Untrusted},
		{"another name", func() post.Server {
			s := server(locked, post.StartTLS)
			s.Host = "localhost"
			return s
		}, true, nil, problem.Untrusted},
		{"no STARTTLS there", func() post.Server { return server(plain, post.StartTLS) }, true, nil, problem.Unavailable},
		{"no TLS there", func() post.Server { return server(plain, post.TLS) }, true, nil, problem.Unavailable},
		{"no such mailbox", func() post.Server { return server(plain, post.None) }, true, func(m *post.Message) { m.To = "nobody@acme.example" }, problem.Invalid},
		{"sender refused", func() post.Server {
			s := server(plain, post.None)
			s.From = "stranger@acme.example"
			return s
		}, true, nil, problem.Forbidden},
		{"nobody listens", func() post.Server {
			s := server(plain, post.None)
			s.Port = closedPort(t)
			return s
		}, true, nil, problem.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var sender post.Sender
			if c.roots {
				sender.Roots = locked.Roots
			}
			wants(t, sender.Send(t.Context(), c.server(), message(c.msg)), c.want)
		})
	}
	t.Cleanup(func() { locked.None(); plain.None() })
}

func closedPort(t *testing.T) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

func TestGreylistedMailIsTakenLater(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t, posttest.Options{Greylist: 1})
	var sender post.Sender
	err := sender.Send(t.Context(), server(s, post.None), message(nil))
	wants(t, err, problem.Unavailable)
	if hint := problem.From(err).Hint; !strings.Contains(hint, "451 4.7.1 greylisted") {
		t.Errorf("hint %q", hint)
	}
	wants(t, sender.Send(t.Context(), server(s, post.None), message(nil)), "")
	s.Mail()
}

func TestServerThatIsSlowOrDies(t *testing.T) {
	t.Parallel()
	slow := posttest.Start(t, posttest.Options{SlowSeconds: 30})
	began := time.Now()
	wants(t, (&post.Sender{Timeout: 300 * time.Millisecond}).Send(t.Context(), server(slow, post.None), message(nil)), problem.Unavailable)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	wants(t, new(post.Sender).Send(ctx, server(slow, post.None), message(nil)), problem.Unavailable)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("gave up after %v", took)
	}
	dying := posttest.Start(t, posttest.Options{DieOnData: true})
	wants(t, new(post.Sender).Send(t.Context(), server(dying, post.None), message(nil)), problem.Unavailable)
}

// A server that accepts and says nothing does not hold us.
func TestServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := post.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: post.None, From: "a@b.example"}
	wants(t, (&post.Sender{Timeout: 200 * time.Millisecond}).Send(t.Context(), s, message(nil)), problem.Unavailable)
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := post.Server{Host: "smtp.acme.example", Port: 587, Security: post.StartTLS, User: "u", From: "clock@acme.example"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field  string
		change func(*post.Server)
	}{
		{"host", func(s *post.Server) { s.Host = "" }},
		{"host", func(s *post.Server) { s.Host = "smtp.acme.example:587" }},
		{"host", func(s *post.Server) { s.Host = "smtp.acme.example\r\nRSET" }},
		{"port", func(s *post.Server) { s.Port = 0 }},
		{"port", func(s *post.Server) { s.Port = 65536 }},
		{"security", func(s *post.Server) { s.Security = "" }},
		{"security", func(s *post.Server) { s.Security = post.None }},
		{"security", func(s *post.Server) { s.Security, s.User, s.Host = post.None, "", "localhost.acme.example" }},
		{"user", func(s *post.Server) { s.Security, s.Host = post.None, "127.0.0.1" }},
		{"user", func(s *post.Server) { s.User = "a\x00b" }},
		{"from", func(s *post.Server) { s.From = "" }},
		{"from", func(s *post.Server) { s.From = "clock" }},
		{"from", func(s *post.Server) { s.From = "clock@acme.example\nBcc: x@y.example" }},
		{"from", func(s *post.Server) { s.From = "a@acme.example, b@acme.example" }},
	} {
		s := good
		c.change(&s)
		err := s.Check()
		if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != c.field {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// Whatever a name, a subject or an address holds, no header and no recipient is
// added.
func TestNoHeaderCanBeAdded(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t, posttest.Options{})
	const evil = "x\r\nBcc: thief@evil.example\r\n\r\nbody\n.\r\nRCPT TO:<thief@evil.example>\r\n\u0085\u2028 y"
	for _, to := range []string{"ann@acme.example\r\nRCPT TO:<thief@evil.example>", "ann@acme.example>\nBcc: a@b.example", "a@b.example,thief@evil.example", "", "\"a b\"@c.example", "<>"} {
		err := new(post.Sender).Send(t.Context(), server(s, post.None), message(func(m *post.Message) { m.To = to }))
		wants(t, err, problem.Invalid)
	}
	for _, id := range []string{"", "a b", "a>\r\nBcc: x", strings.Repeat("a", 200)} {
		wants(t, new(post.Sender).Send(t.Context(), server(s, post.None), message(func(m *post.Message) { m.ID = id })), problem.Invalid)
	}
	s.None()
	wants(t, new(post.Sender).Send(t.Context(), server(s, post.None), message(func(m *post.Message) { m.Subject, m.Body = evil, evil })), "")
	got := s.Mail()
	msg, body := read(t, got)
	if d := cmp.Diff([]string{"ann@acme.example"}, got.To); d != "" {
		t.Error(d)
	}
	if h := msg.Header.Get("Bcc"); h != "" || !strings.Contains(body, "Bcc: thief") {
		t.Errorf("Bcc %q, body %q", h, body)
	}
	onlyOurs(t, textproto.MIMEHeader(msg.Header))
}

func onlyOurs(t testing.TB, h textproto.MIMEHeader) {
	t.Helper()
	known := map[string]bool{}
	for _, name := range []string{
		"From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "Mime-Version",
		"Content-Type", "Content-Transfer-Encoding",
		"X-Peer", "X-Mailfrom", "X-Rcptto",
	} {
		known[name] = true
	}
	for name, values := range h {
		if !known[name] || len(values) != 1 {
			t.Errorf("header %s: %q", name, values)
		}
	}
}
