package notify_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func TestSettingsNameTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defer w.close()
	empty := ""
	for _, c := range []struct {
		field  string
		change func(*notify.Edit)
	}{
		{"host", func(e *notify.Edit) { e.Host = "smtp acme" }},
		{"port", func(e *notify.Edit) { e.Port = 0 }},
		{"security", func(e *notify.Edit) { e.Security = post.None }},
		{"from", func(e *notify.Edit) { e.From = "nobody" }},
		{"password", func(e *notify.Edit) { e.Password = &empty }},
		{"password", func(e *notify.Edit) { e.Password = nil }},
		{"site", func(e *notify.Edit) { e.Site = "" }},
		{"site", func(e *notify.Edit) { e.Site = "http://time.acme.example" }},
		{"site", func(e *notify.Edit) { e.Site = "https://time.acme.example/team" }},
		{"site", func(e *notify.Edit) { e.Site = "https://user@time.acme.example" }},
		{"site", func(e *notify.Edit) { e.Site = "https://time.acme.example\nX: y" }},
	} {
		err := w.notify.SetMail(t.Context(), owner, edit(c.change))
		if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	if err := w.notify.Test(t.Context(), owner, owner); !problem.Is(err, problem.Conflict) {
		t.Errorf("a test without a server: %v", err)
	}
}

// The password stays where it is, sealed, and goes to no other server.
func TestPasswordIsKeptAndGoesNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mail(nil)
	kept := func(e *notify.Edit) { e.Password = nil }
	w.mail(func(e *notify.Edit) { kept(e); e.From = "other@acme.example" })
	if err := w.notify.Test(t.Context(), owner, owner); err != nil || w.postman.to.Password != secret {
		t.Fatalf("%v, %+v", err, w.postman.to)
	}
	for _, change := range []func(*notify.Edit){
		func(e *notify.Edit) { e.Host = "smtp.evil.example" },
		func(e *notify.Edit) { e.Port = 588 },
		func(e *notify.Edit) { e.Security = post.TLS },
		func(e *notify.Edit) { e.User = "other" },
	} {
		err := w.notify.SetMail(t.Context(), owner, edit(func(e *notify.Edit) { kept(e); change(e) }))
		if !problem.Is(err, problem.Invalid) || problem.From(err).Detail["field"] != "password" {
			t.Errorf("the password would go elsewhere: %v", err)
		}
	}
	w.update(func(tx *centraldb.Tx) error { return w.safe(7).Reseal(t.Context(), tx, rand.Reader, w.safe(8)) })
	if err := w.notify.Test(t.Context(), owner, owner); !problem.Is(err, problem.Damaged) {
		t.Errorf("another data key opens it: %v", err)
	}
	settings, err := w.db.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := w.safe(8).Open(settings.Mail.Password); err != nil || text != secret {
		t.Errorf("resealed: %v", err)
	}
	rows, err := w.db.Audit(t.Context(), 0, 100)
	if err != nil || len(rows) < 3 {
		t.Fatal(len(rows), err)
	}
	for _, r := range rows {
		if strings.Contains(r.Detail, secret) {
			t.Errorf("audit row %d has the password", r.ID)
		}
	}
	w.close()
	nowhere(t, w)
	mailOff(t)
}

// nowhere looks for the password in everything that was written.
func nowhere(t *testing.T, w *world) {
	t.Helper()
	if strings.Contains(w.log.String(), secret) {
		t.Error("the log has the password")
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(w.path), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte("smtp.acme.example")) {
			t.Errorf("%s does not even have the host: the search finds nothing", f)
		}
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s has the password", f)
		}
	}
}

// mailOff: without a host there is no password any more.
func mailOff(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	defer w.close()
	w.mail(nil)
	w.mail(func(e *notify.Edit) { e.Host = "" })
	settings, err := w.db.Settings(t.Context())
	if err != nil || settings.Mail.Password != nil || settings.Mail.Host != "" || settings.Mail.Site != goodSite {
		t.Errorf("%+v, %v", settings.Mail, err)
	}
}
