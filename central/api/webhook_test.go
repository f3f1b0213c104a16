package api_test

import (
	"strings"
)

// webhookCalls makes every call about the webhook. Its secret is in one answer.
func (x *caller) webhookCalls() {
	x.t.Helper()
	const path = "/settings/webhook"
	test := call{"POST", path + "/test", path + "/test", "", nil, 409}
	x.do(test)
	secret := field(x.t, x.do(call{"PUT", path, path, `{"url":"https://chat.acme.example/1","inside":false}`, nil, 200}), "secret")
	if len(secret) != 48 {
		x.t.Errorf("secret %q", secret)
	}
	if body := string(x.do(call{"GET", path, path, "", nil, 200})); strings.Contains(body, "secret") || !strings.Contains(body, "chat.acme.example/1") {
		x.t.Error(body)
	}
	test.want = 200
	x.do(test)
	for _, wrong := range []string{
		`{"url":"http://chat.acme.example","inside":false}`, `{"url":"https://10.0.0.1/","inside":false}`, `{"url":"https://127.0.0.1/","inside":true}`,
		`{"url":"https://chat.acme.example","inside":true,"secret":"mine"}`, `{"address":"x"}`,
	} {
		x.do(call{"PUT", path, path, wrong, nil, 400})
	}
	x.do(call{"PUT", path, path, `{"url":"","inside":false}`, nil, 200})
}
