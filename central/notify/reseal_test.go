package notify_test

import (
	"crypto/rand"
	"testing"

	"github.com/timepost/timepost/store/centraldb"
)

// A new data key takes the webhook's secret along, with mail set up or not.
func TestResealTakesTheWebhookAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sealed, err := w.safe(7).Seal(rand.Reader, "hush")
	if err != nil {
		t.Fatal(err)
	}
	w.update(func(tx *centraldb.Tx) error {
		s, err := tx.Settings(t.Context())
		if err != nil {
			return err
		}
		s.Hook = centraldb.Hook{URL: "https://chat.example.com/", Secret: sealed}
		return tx.SetSettings(t.Context(), s)
	})
	w.update(func(tx *centraldb.Tx) error { return w.safe(7).Reseal(t.Context(), tx, rand.Reader, w.safe(8)) })
	settings, err := w.db.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := w.safe(8).Open(settings.Hook.Secret); err != nil || text != "hush" || settings.Mail.Password != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := w.safe(7).Open(settings.Hook.Secret); err == nil {
		t.Error("the old key still opens it")
	}
}
