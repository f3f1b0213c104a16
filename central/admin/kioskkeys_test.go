package admin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// rekeyed gives a kiosk other keys, as an enrolment of another machine does.
func (w *world) rekeyed(id, key string, ago time.Duration) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(w.t.Context(), id)
		if err != nil {
			return err
		}
		k.RecordKey, k.SealKey, k.EnrolledAt = []byte(key), []byte(key), w.now().Add(-ago).UnixNano()
		return tx.SetKioskIdentity(w.t.Context(), k)
	})
}

// copied writes down that a kiosk's card was copied.
func (w *world) copied(id string, ago time.Duration) {
	w.t.Helper()
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetCloned(w.t.Context(), id, w.now().Add(-ago).UnixNano())
	})
}

// A kiosk's page says how often its keys were replaced, and what to do when its card
// was copied; new keys end that.
func TestAKioskTellsItsKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolled("gate", "Gate", 20*time.Second, 0)
	c := w.loggedIn()
	if _, page := w.get(c, "/kiosks/gate"); strings.Contains(page, "Sets of keys") || strings.Contains(page, "card was copied") {
		t.Error("its first keys are news")
	}
	w.rekeyed("gate", "second", time.Hour)
	_, page := w.get(c, "/kiosks/gate")
	if !strings.Contains(page, `<dt>Sets of keys</dt><dd>2 so far <span class="faint">replaced `) {
		t.Error("the page does not say that the keys were replaced")
	}
	w.copied("gate", time.Minute)
	_, page = w.get(c, "/kiosks/gate")
	for _, text := range []string{"Two machines run with its keys.", "<b>Its card was copied.</b>", "Make a new code"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if _, list := w.get(c, "/kiosks"); !strings.Contains(list, "Two machines run with its keys.") {
		t.Error("the list does not say it")
	}
	w.rekeyed("gate", "third", 0)
	_, page = w.get(c, "/kiosks/gate")
	if strings.Contains(page, "copied") || !strings.Contains(page, "3 so far") {
		t.Error("new keys do not end it")
	}
	w.update(func(tx *centraldb.Tx) error {
		k, err := tx.Kiosk(t.Context(), "gate")
		if err != nil {
			return err
		}
		k.Status = centraldb.KioskRevoked
		if err := tx.SetKioskIdentity(t.Context(), k); err != nil {
			return err
		}
		return tx.EndIdentity(t.Context(), "gate", w.now().UnixNano(), centraldb.IdentityRevoked)
	})
	if _, page = w.get(c, "/kiosks/gate"); !strings.Contains(page, `3 so far <span class="faint">revoked `) {
		t.Error("the page does not say that the keys were revoked")
	}
}
