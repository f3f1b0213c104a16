package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/post/posttest"
	"github.com/timepost/timepost/store/centraldb"
)

// central runs the program and gives its exit code and what it said.
func central(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// withMail saves settings of mail as the page does.
func withMail(t *testing.T, data string, e notify.Edit) {
	t.Helper()
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		safe, err := notify.NewSafe(keys.Org, keys.Data)
		if err != nil {
			t.Fatal(err)
		}
		if err := newMails(keys.Org, db, safe, nil).SetMail(t.Context(), "test", e); err != nil {
			t.Fatal(err)
		}
	})
}

func TestMailTestSaysWhatTheServerSays(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t, posttest.Options{Refuse: "nobody"})
	data, _ := setUp(t)
	if code, said := central(t, "mail", "test", "--data", data, "--to", "ann@acme.example"); code != 75 || !strings.Contains(said, "No mail server is set up") {
		t.Errorf("%d %s", code, said)
	}
	withMail(t, data, notify.Edit{Host: "127.0.0.1", Port: s.Port, Security: "none", From: "clock@acme.example", Site: "https://time.acme.example"})
	if code, said := central(t, "mail", "test", "--data", data, "--to", "nobody@acme.example"); code != 64 || !strings.Contains(said, "550 5.1.1 no such mailbox") {
		t.Errorf("%d %s", code, said)
	}
	if code, said := central(t, "mail", "test", "--data", data, "--to", "ann@acme.example"); code != 0 || s.Mail().To[0] != "ann@acme.example" {
		t.Errorf("%d %s", code, said)
	}
	if code, said := central(t, "mail", "list", "--data", data); code != 0 || said != "0 of 0\n" {
		t.Errorf("%d %q", code, said)
	}
	if code, said := central(t, "mail", "list", "--data", data, "--state", "sent", "--json"); code != 0 || said != "[]\n" {
		t.Errorf("%d %q", code, said)
	}
}

// A new data key takes the mail server's password along.
func TestMailPasswordMovesWithTheDataKey(t *testing.T) {
	t.Parallel()
	const secret = "smtp secret 6P"
	data, _ := setUp(t)
	password := secret
	withMail(t, data, notify.Edit{
		Host: "smtp.acme.example", Port: 587, Security: "starttls", User: "u", Password: &password, From: "clock@acme.example", Site: "https://time.acme.example",
	})
	if code, said := central(t, "keys", "rotate", "--data", data, "--data-key"); code != 0 {
		t.Fatal(said)
	}
	withServer(t, data, func(db *centraldb.DB, keys *fleet.Keys) {
		safe, err := notify.NewSafe(keys.Org, keys.Data)
		if err != nil {
			t.Fatal(err)
		}
		settings, err := db.Settings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if text, err := safe.Open(settings.Mail.Password); err != nil || text != secret {
			t.Errorf("under the new data key: %v", err)
		}
	})
}
