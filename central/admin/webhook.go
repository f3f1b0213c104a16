package admin

import (
	"context"
	"net/http"
	"strings"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Webhooks says where alerts are posted. See package health for the errors.
type Webhooks interface {
	SetWebhook(ctx context.Context, actor, url string, inside bool) (secret string, err error)
	TestWebhook(ctx context.Context) error
}

// WebhookLists reads what is behind Webhooks.
type WebhookLists interface {
	Settings(ctx context.Context) (centraldb.Settings, error)
	Deliveries(ctx context.Context, limit int) ([]centraldb.Delivery, error)
}

const webhookPath = "/settings/webhook"

func (p *pages) webhookRoutes() []route {
	return []route{
		{"GET", webhookPath, access.SettingsEdit, p.webhook},
		{"POST", webhookPath, access.SettingsEdit, p.setWebhook},
		{"POST", webhookPath + "/off", access.SettingsEdit, p.webhookOff},
		{"POST", webhookPath + "/test", access.SettingsEdit, p.testWebhook},
	}
}

// webhookNote is what a change leaves for the page that follows it.
type webhookNote struct {
	Done   string
	Secret string         // shown once
	Fault  *problem.Error // why the test was not taken
}

// deliveryLine is one message as the page shows it.
type deliveryLine struct {
	centraldb.Delivery
	Made, State string
}

// webhookView is the page about the webhook.
type webhookView struct {
	page
	Note   *webhookNote
	On     bool
	URL    string
	Inside bool
	Wrong  wrong
	Lately []deliveryLine
}

func (p *pages) webhook(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	return p.showWebhook(w, r, who, http.StatusOK, func(*webhookView) {})
}

func (p *pages) showWebhook(w http.ResponseWriter, r *http.Request, who access.Identity, status int, change func(*webhookView)) error {
	settings, err := p.WebhookLists.Settings(r.Context())
	if err != nil {
		return err
	}
	h := settings.Hook
	v := webhookView{page: p.page("Webhook", "settings", who), On: h.URL != "", URL: h.URL, Inside: h.Inside}
	v.Note, _ = p.noted(r).(*webhookNote)
	lately, err := p.WebhookLists.Deliveries(r.Context(), recentShown)
	if err != nil {
		return err
	}
	for _, d := range lately {
		l := deliveryLine{Delivery: d, Made: p.when(d.CreatedAt), State: "waits"}
		switch {
		case d.SentAt != 0:
			l.State = "taken"
		case d.DeadAt != 0:
			l.State = "given up"
		case d.Tries > 0:
			l.State = "tried again " + p.when(d.DueAt)
		}
		v.Lately = append(v.Lately, l)
	}
	change(&v)
	return p.show(w, status, "webhook", v)
}

func (p *pages) setWebhook(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	url, inside := strings.TrimSpace(r.PostForm.Get("url")), r.PostForm.Get("inside") == "yes"
	err := error(problem.New(problem.Invalid, "Where are alerts to be posted?", "Such as https://chat.example.com/hooks/timepost.").With("field", "url"))
	secret := ""
	if url != "" {
		secret, err = p.Webhooks.SetWebhook(r.Context(), who.Email, url, inside)
	}
	if err == nil {
		return p.after(w, r, webhookPath, &webhookNote{Done: "Alerts are posted there from now on. Send a test to see whether it works.", Secret: secret})
	}
	bad, status, err := wrongOf(err, "url")
	if err != nil {
		return err
	}
	return p.showWebhook(w, r, who, status, func(v *webhookView) { v.URL, v.Inside, v.Wrong = url, inside, bad })
}

func (p *pages) webhookOff(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if _, err := p.Webhooks.SetWebhook(r.Context(), who.Email, "", false); err != nil {
		return err
	}
	return p.after(w, r, webhookPath, &webhookNote{Done: "Nothing is posted any more. The secret is gone."})
}

// testWebhook posts a message now. What goes wrong is the answer.
func (p *pages) testWebhook(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	note := &webhookNote{Done: "The receiver took the test."}
	if err := p.Webhooks.TestWebhook(r.Context()); err != nil {
		if problem.Is(err, problem.Internal) {
			return err
		}
		note = &webhookNote{Fault: problem.From(err)}
	}
	return p.after(w, r, webhookPath, note)
}
