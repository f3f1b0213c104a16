package post

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"
	"time"
)

// What people are called and what servers are told never makes a header, and one
// recipient stays one.
func FuzzCompose(f *testing.F) {
	for _, s := range []string{"", "Ada", "a\r\nBcc: x@y.example", "é\n.\n", "\u2028X: y", "=?utf-8?q?=0D=0ABcc:_x?=", "\xff\x00", strings.Repeat("ü", 300)} {
		f.Add(s, "ann@acme.example", s, "Timepost <clock@acme.example>")
		f.Add("s", s, s, s+" <clock@acme.example>")
	}
	f.Fuzz(func(t *testing.T, subject, to, body, from string) {
		server := Server{Host: "127.0.0.1", Port: 25, Security: None, From: from}
		l, err := compose(server, Message{ID: "1", At: time.Unix(0, 0).UTC(), To: to, Subject: subject, Body: body})
		if err != nil {
			return
		}
		for _, a := range []string{l.from, l.to} {
			if strings.ContainsAny(a, "\r\n <>,") || strings.Count(a, "@") == 0 {
				t.Fatalf("address %q", a)
			}
		}
		var b bytes.Buffer
		if _, err := l.msg.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		msg, err := mail.ReadMessage(&b)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range msg.Header {
			switch name {
			case "From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "Mime-Version",
				"Content-Type", "Content-Transfer-Encoding":
			default:
				t.Fatalf("header %s: %q", name, values)
			}
			if len(values) != 1 {
				t.Fatalf("header %s: %q", name, values)
			}
		}
		if all, err := msg.Header.AddressList("To"); err != nil || len(all) != 1 || all[0].Address != l.to {
			t.Fatalf("to %v: %v", all, err)
		}
	})
}
