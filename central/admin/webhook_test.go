package admin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/central/hook"
	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/internal/problem"
)

// pager receives what is posted; an address with "down" does not answer.
type pager struct{}

func (pager) Send(_ context.Context, to hook.Target, _ int64, _ time.Time, _ []byte) error {
	if strings.Contains(to.URL, "down") {
		return problem.New(problem.Unavailable, "The receiver of alerts answered 500.", "It has to answer 200 to 299.")
	}
	return nil
}

func (w *world) hooks(c *admin.Config, safe *notify.Safe) {
	c.Webhooks = health.NewHooks(health.HooksConfig{
		Store: w.db, Poster: pager{}, Safe: safe, Audit: audit.New(w.db, w.now), Now: w.now, Log: slog.New(slog.DiscardHandler),
	})
	c.WebhookLists = w.db
}

// The secret is shown once and lies nowhere to be read; what is wrong stands at the
// field with what was typed; a test says how it went.
func TestWebhookPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.loggedIn()
	form := func(at string, inside string) url.Values { return url.Values{"url": {at}, "inside": {inside}} }
	for _, wrong := range []string{"", "http://chat.example.com/", "https://10.1.2.3/hook", "https://127.0.0.1/"} {
		res, body := w.post(c, "/settings/webhook", form(wrong, ""))
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `id="url-bad"`) || !strings.Contains(body, `value="`+wrong+`"`) {
			t.Errorf("%q: %s", wrong, res.Status)
		}
	}
	_, body := w.done(c, "/settings/webhook", form("https://10.1.2.3/hook", "yes"))
	secret := regexp.MustCompile(`[0-9a-f]{48}`).FindString(body)
	if secret == "" || !strings.Contains(body, "10.1.2.3/hook") {
		t.Fatal("the secret is not shown")
	}
	for _, path := range []string{"/settings/webhook", "/audit", "/settings"} {
		if _, body := w.get(c, path); strings.Contains(body, secret) {
			t.Errorf("%s shows the secret", path)
		}
	}
	if _, body := w.get(c, "/audit"); !strings.Contains(body, "changed where alerts are posted") {
		t.Error("the audit log does not tell")
	}
	if _, body := w.done(c, "/settings/webhook/test", nil); !strings.Contains(body, "The receiver took the test.") {
		t.Error("the test is not told")
	}
	w.done(c, "/settings/webhook", form("https://down.example.com/", ""))
	if _, body := w.done(c, "/settings/webhook/test", nil); !strings.Contains(body, "answered 500") {
		t.Error("a test that failed is not told")
	}
	if _, body := w.done(c, "/settings/webhook/off", nil); !strings.Contains(body, "The secret is gone.") || strings.Contains(body, "down.example.com") {
		t.Error("it is not off")
	}
}

// TestWebhookPictures writes pictures of the page, for people to look at.
func TestWebhookPictures(t *testing.T) {
	dir := os.Getenv("TIMEPOST_PICTURES")
	if dir == "" {
		t.Skip("set TIMEPOST_PICTURES to a folder")
	}
	w := newWorld(t)
	w.done(w.loggedIn(), "/settings/webhook", url.Values{"url": {"https://chat.harbour.example/hooks/timepost"}})
	ctx := chrome(t, 1440, 900, false)
	w.logIn(ctx)
	err := chromedp.Do(ctx, chromedp.Navigate(w.server.URL+"/settings/webhook"), chromedp.WaitReady("main"))
	if err != nil {
		t.Fatal(err)
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "desk-light-webhook.png"), png, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
