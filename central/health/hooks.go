package health

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/timepost/timepost/central/hook"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// HookStore keeps the webhook and what waits for it.
type HookStore interface {
	Settings(ctx context.Context) (centraldb.Settings, error)
	NextDelivery(ctx context.Context, now int64) (centraldb.Delivery, bool, error)
	Writer
}

// Poster posts one message. See package hook.
type Poster interface {
	Send(ctx context.Context, to hook.Target, id int64, at time.Time, body []byte) error
}

// Safe seals the webhook's secret.
type Safe interface {
	Seal(random io.Reader, text string) ([]byte, error)
	Open(sealed []byte) (string, error)
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// HooksConfig is what Hooks stands on.
type HooksConfig struct {
	Store  HookStore
	Poster Poster
	Safe   Safe
	Audit  Auditor
	Now    func() time.Time
	Log    *slog.Logger
}

// Hooks posts alerts to the webhook. It is a service.
type Hooks struct{ HooksConfig }

// NewHooks gives a Hooks.
func NewHooks(c HooksConfig) *Hooks { return &Hooks{c} }

const (
	postEach    = 5 * time.Second
	keepPosted  = 30 * 24 * time.Hour
	forgetEach  = 24 * time.Hour
	secretBytes = 24
)

// postWaits gives the time between the tries of a message: within a day.
func postWaits() []time.Duration {
	const m, h = time.Minute, time.Hour
	return []time.Duration{m / 2, m, 5 * m, 15 * m, h, 3 * h, 6 * h, 12 * h}
}

// Run posts what waits until ctx ends.
func (k *Hooks) Run(ctx context.Context) error {
	ticker := time.NewTicker(postEach)
	defer ticker.Stop()
	var swept time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := k.Once(ctx)
		if now := k.Now(); err == nil && now.Sub(swept) > forgetEach {
			swept = now
			err = k.Store.Update(ctx, func(tx *centraldb.Tx) error {
				return tx.ForgetDeliveries(ctx, now.Add(-keepPosted).UnixNano(), false)
			})
		}
		if err != nil && ctx.Err() == nil {
			k.Log.Error("alerts not posted", "err", err)
		}
	}
}

// Once posts everything that is due.
func (k *Hooks) Once(ctx context.Context) error {
	for ctx.Err() == nil {
		settings, err := k.Store.Settings(ctx)
		if err != nil || settings.Hook.URL == "" {
			return err
		}
		d, ok, err := k.Store.NextDelivery(ctx, k.Now().UnixNano())
		if err != nil || !ok {
			return err
		}
		sent := k.post(ctx, settings.Hook, d)
		if sent != nil && ctx.Err() != nil {
			return nil // stopped: it is posted again, with the same number
		}
		d = k.tried(d, sent)
		ctx := context.WithoutCancel(ctx) // what was taken is written down in any case
		if err := k.Store.Update(ctx, func(tx *centraldb.Tx) error { return tx.SetDelivered(ctx, d) }); err != nil {
			return err
		}
	}
	return nil
}

func (k *Hooks) post(ctx context.Context, h centraldb.Hook, d centraldb.Delivery) error {
	secret, err := k.Safe.Open(h.Secret)
	if err != nil {
		return err
	}
	return k.Poster.Send(ctx, hook.Target{URL: h.URL, Secret: secret, Inside: h.Inside}, d.ID, k.Now(), d.Body)
}

func (k *Hooks) tried(d centraldb.Delivery, err error) centraldb.Delivery {
	now := k.Now()
	d.Tries++
	if err == nil {
		d.SentAt, d.Fault = now.UnixNano(), ""
		return d
	}
	e := problem.From(err)
	d.Fault = e.Message + " " + e.Hint
	waits := postWaits()
	if d.Tries > len(waits) {
		d.DeadAt = now.UnixNano()
		k.Log.Error("alert given up", "delivery", d.ID, "code", string(e.Code))
		return d
	}
	d.DueAt = now.Add(waits[d.Tries-1]).UnixNano()
	k.Log.Warn("alert not taken", "delivery", d.ID, "tries", d.Tries, "code", string(e.Code))
	return d
}

// SetWebhook says where alerts are posted from now on, and gives the new secret,
// which is shown this once; an empty url ends it, and what waits is dropped.
// problem.Invalid with the detail "field".
func (k *Hooks) SetWebhook(ctx context.Context, actor, url string, inside bool) (secret string, err error) {
	var h centraldb.Hook
	if url != "" {
		if err := (hook.Target{URL: url, Inside: inside}).Check(); err != nil {
			return "", err
		}
		raw := make([]byte, secretBytes)
		rand.Read(raw) //nolint:errcheck // it never fails
		secret = fmt.Sprintf("%x", raw)
		h = centraldb.Hook{URL: url, Inside: inside}
		if h.Secret, err = k.Safe.Seal(rand.Reader, secret); err != nil {
			return "", err
		}
	}
	return secret, k.Store.Update(ctx, func(tx *centraldb.Tx) error {
		settings, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		settings.Hook = h
		if err := tx.SetSettings(ctx, settings); err != nil {
			return err
		}
		if err := tx.ForgetDeliveries(ctx, 0, true); err != nil {
			return err
		}
		return k.Audit.Record(ctx, tx, actor, "webhook.settings", "webhook", map[string]any{"url": url, "inside": inside})
	})
}

// TestWebhook posts a message that says it is a test, at once. problem.Conflict where
// there is no webhook; else the errors of package hook.
func (k *Hooks) TestWebhook(ctx context.Context) error {
	settings, err := k.Store.Settings(ctx)
	if err != nil {
		return err
	}
	if settings.Hook.URL == "" {
		return problem.New(problem.Conflict, "There is no address to post to.", "Save one first.")
	}
	body, err := json.Marshal(hookBody{Event: "test", At: k.Now().UTC()})
	if err != nil {
		return fmt.Errorf("encode test: %w", err)
	}
	return k.post(ctx, settings.Hook, centraldb.Delivery{Body: body})
}

// hookBody is what is posted.
type hookBody struct {
	Event string      `json:"event"` // alerts or test
	At    time.Time   `json:"at"`
	Began []hookAlert `json:"began,omitempty"`
	Ended []hookAlert `json:"ended,omitempty"`
}

// hookAlert is one alert in it.
type hookAlert struct {
	Kiosk    string    `json:"kiosk"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	Severity string    `json:"severity"`
	Words    string    `json:"words"`
	Next     string    `json:"next,omitempty"`
	Since    time.Time `json:"since"`
}

// queue writes down what is to be posted, where there is somewhere to post it to.
func (t telling) queue(ctx context.Context, tx *centraldb.Tx, now time.Time) error {
	settings, err := tx.Settings(ctx)
	if err != nil || settings.Hook.URL == "" {
		return err
	}
	b := hookBody{Event: "alerts", At: now.UTC()}
	for _, n := range t.began {
		b.Began = append(b.Began, hookAlert{n.kiosk.ID, n.kiosk.Name, string(n.Kind), string(n.Severity), n.Words, n.Next, now.UTC()})
	}
	for _, o := range t.ended {
		b.Ended = append(b.Ended, hookAlert{o.Kiosk, o.name, o.Kind, o.Severity, o.Words, "", time.Unix(0, o.Since).UTC()})
	}
	body, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode alerts: %w", err)
	}
	return tx.AddDelivery(ctx, body, now.UnixNano())
}
