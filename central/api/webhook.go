package api

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

// Webhooks says where alerts are posted. See package health for the errors.
type Webhooks interface {
	SetWebhook(ctx context.Context, actor, url string, inside bool) (secret string, err error)
	TestWebhook(ctx context.Context) error
}

func (a *API) webhookRoutes() []route {
	return []route{
		{"GET", "/settings/webhook", access.SettingsEdit, a.webhook},
		{"PUT", "/settings/webhook", access.SettingsEdit, a.setWebhook},
		{"POST", "/settings/webhook/test", access.SettingsEdit, a.testWebhook},
	}
}

func (a *API) webhook(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	s, err := a.MailLists.Settings(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, client.Webhook{URL: s.Hook.URL, Inside: s.Hook.Inside})
}

func (a *API) setWebhook(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.Webhook
	if err := read(w, r, &in); err != nil {
		return err
	}
	if in.Secret != "" {
		return problem.New(problem.Invalid, "The secret is made here.", "Leave it out.").With("field", "secret")
	}
	secret, err := a.Webhooks.SetWebhook(r.Context(), who.Email, in.URL, in.Inside)
	if err != nil {
		return asConflict(err)
	}
	in.Secret = secret
	return answer(w, http.StatusOK, in)
}

// testWebhook answers when the receiver has taken the message, or with what went wrong.
func (a *API) testWebhook(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	if err := a.Webhooks.TestWebhook(r.Context()); err != nil {
		return asConflict(err)
	}
	return answer(w, http.StatusOK, struct{}{})
}
