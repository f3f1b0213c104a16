package health_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/central/hook"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// receiver takes messages, or does not.
type receiver struct {
	down   bool
	ids    []int64
	bodies []string
	secret string
}

func (r *receiver) Send(_ context.Context, to hook.Target, id int64, _ time.Time, body []byte) error {
	r.ids, r.secret = append(r.ids, id), to.Secret
	if r.down {
		return problem.New(problem.Unavailable, "The receiver of alerts answered 500.", "")
	}
	r.bodies = append(r.bodies, string(body))
	return nil
}

func (r *receiver) Record(_ context.Context, _ *centraldb.Tx, actor, action, subject string, detail any) error {
	if actor != "olga" || action != "webhook.settings" || subject != "webhook" || fmt.Sprint(detail) == "" {
		return fmt.Errorf("audited %s %s %s", actor, action, subject)
	}
	return nil
}

// plainSafe keeps secrets backwards.
type plainSafe struct{}

func (plainSafe) Seal(_ io.Reader, text string) ([]byte, error) {
	b := []byte(text)
	slices.Reverse(b)
	return b, nil
}

func (plainSafe) Open(sealed []byte) (string, error) {
	b := slices.Clone(sealed)
	slices.Reverse(b)
	return string(b), nil
}

func newHooks(t *testing.T, w *ward) (*health.Hooks, *receiver) {
	t.Helper()
	r := &receiver{}
	return health.NewHooks(health.HooksConfig{
		Store: w.db, Poster: r, Safe: plainSafe{}, Audit: r, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler),
	}), r
}

func once(t *testing.T, k *health.Hooks) {
	t.Helper()
	if err := k.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// What begins and what is over is posted once, signed with the secret that was
// shown; a receiver that is down is tried again for a day with the same number.
func TestAlertsArePosted(t *testing.T) {
	t.Parallel()
	w := newWard(t, "gate")
	hooks, r := newHooks(t, w)
	w.pass(3, late, "gate")
	once(t, hooks)
	if len(r.ids) != 0 {
		t.Fatal("posted to nobody's address")
	}
	secret, err := hooks.SetWebhook(t.Context(), "olga", "https://chat.example.com/x", false)
	if err != nil || len(secret) != 48 {
		t.Fatal(secret, err)
	}
	w.pass(6, fine, "gate")
	once(t, hooks)
	once(t, hooks)
	if len(r.bodies) != 1 || r.secret != secret {
		t.Fatalf("%q", r.bodies)
	}
	var got struct {
		Event string
		Began []any
		Ended []struct{ Kiosk, Name, Kind, Severity, Words string }
	}
	if err := json.Unmarshal([]byte(r.bodies[0]), &got); err != nil || got.Event != "alerts" || got.Began != nil || len(got.Ended) != 1 || got.Ended[0].Kind != "clock" || got.Ended[0].Name != "Kiosk gate" {
		t.Errorf("%+v, %v", got, err)
	}
	r.down = true
	w.now = w.now.Add(2 * time.Hour)
	w.pass(3, late, "gate")
	for range 30 * 60 {
		once(t, hooks)
		w.now = w.now.Add(time.Minute)
	}
	last := r.ids[len(r.ids)-1]
	if n := len(r.ids) - 1; n != 9 || slices.ContainsFunc(r.ids[1:], func(id int64) bool { return id != last }) {
		t.Errorf("tried %d times: %v", n, r.ids)
	}
	all, err := w.db.Deliveries(t.Context(), 5)
	if err != nil || len(all) != 2 || all[0].DeadAt == 0 || all[0].Fault == "" || all[1].SentAt == 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestTheWebhookIsSetAndEnded(t *testing.T) {
	t.Parallel()
	w := newWard(t, "gate")
	hooks, r := newHooks(t, w)
	if err := hooks.TestWebhook(t.Context()); !problem.Is(err, problem.Conflict) {
		t.Errorf("a test to nowhere: %v", err)
	}
	for _, wrong := range []string{"http://chat.example.com", "https://127.0.0.1/", "https://10.0.0.7/"} {
		if _, err := hooks.SetWebhook(t.Context(), "olga", wrong, false); problem.From(err).Detail["field"] != "url" {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	first, err := hooks.SetWebhook(t.Context(), "olga", "https://10.0.0.7/", true)
	if err != nil {
		t.Fatal(err)
	}
	if err := hooks.TestWebhook(t.Context()); err != nil || len(r.bodies) != 1 || r.secret != first {
		t.Fatalf("%v, %q", err, r.bodies)
	}
	w.pass(3, late, "gate")
	second, err := hooks.SetWebhook(t.Context(), "olga", "https://chat.example.com/", false)
	if err != nil || second == first {
		t.Fatalf("a new address has the old secret, %v", err)
	}
	once(t, hooks)
	if len(r.bodies) != 1 {
		t.Error("what was meant for the one before went to another")
	}
	if s, err := hooks.SetWebhook(t.Context(), "olga", "", false); s != "" || err != nil {
		t.Fatal(s, err)
	}
	settings, err := w.db.Settings(t.Context())
	if err != nil || settings.Hook.URL != "" || settings.Hook.Secret != nil {
		t.Errorf("%+v, %v", settings.Hook, err)
	}
}
