package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/internal/problem"
)

func TestCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code       problem.Code
		http, exit int
	}{
		{problem.Invalid, 400, 64},
		{problem.Unauthenticated, 401, 77},
		{problem.Forbidden, 403, 77},
		{problem.NotFound, 404, 66},
		{problem.Conflict, 409, 75},
		{problem.Limited, 429, 75},
		{problem.Locked, 429, 75},
		{problem.Expired, 410, 75},
		{problem.Used, 409, 75},
		{problem.Unavailable, 503, 69},
		{problem.Untrusted, 403, 77},
		{problem.Damaged, 500, 65},
		{problem.OutOfOrder, 503, 69},
		{problem.Internal, 500, 70},
		{"from a later version", 500, 1},
		{"", 500, 0},
	} {
		if got := c.code.HTTPStatus(); got != c.http {
			t.Errorf("%q: HTTP %d, want %d", c.code, got, c.http)
		}
		if got := c.code.ExitCode(); got != c.exit {
			t.Errorf("%q: exit %d, want %d", c.code, got, c.exit)
		}
	}
}

func TestFrom(t *testing.T) {
	t.Parallel()
	e := problem.New(problem.Used, "m", "h")
	for _, c := range []struct {
		name string
		err  error
		want problem.Code
	}{
		{"itself", e, problem.Used},
		{"wrapped", fmt.Errorf("do it: %w", e), problem.Used},
		{"joined", errors.Join(errors.New("a"), e), problem.Used},
		{"the outermost decides", problem.New(problem.Locked, "m", "").Because(e), problem.Locked},
		{"foreign", errors.New("a"), problem.Internal},
		{"cancelled", fmt.Errorf("wait: %w", context.Canceled), problem.Unavailable},
		{"late", context.DeadlineExceeded, problem.Unavailable},
		{"an Error because of a cancelled context", e.Because(context.Canceled), problem.Used},
		{"nothing", nil, ""},
	} {
		if got := problem.CodeOf(c.err); got != c.want || problem.Is(c.err, c.want) != (c.err != nil) || problem.Is(c.err, "other") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if problem.From(nil) != nil {
		t.Error("From(nil) is an error")
	}
	cause := errors.New("cause")
	if got := problem.From(fmt.Errorf("do it: %w", cause)); !errors.Is(got, cause) {
		t.Error("From loses the cause")
	}
	if got := problem.From(fmt.Errorf("do it: %w", e)); got != e {
		t.Error("From copies")
	}
}

func TestErrorIsImmutable(t *testing.T) {
	t.Parallel()
	base := problem.New(problem.Limited, "Wait.", "Come back.").With("tries_left", 3)
	cause := errors.New("cause")
	more, again, why := base.With("until", 5), base.With("tries_left", 2), base.Because(cause)
	for _, c := range []struct {
		name string
		err  *problem.Error
		want map[string]any
		line string
	}{
		{"base", base, map[string]any{"tries_left": 3}, "Wait. (limited)"},
		{"more", more, map[string]any{"tries_left": 3, "until": 5}, "Wait. (limited)"},
		{"again", again, map[string]any{"tries_left": 2}, "Wait. (limited)"},
		{"why", why, map[string]any{"tries_left": 3}, "Wait. (limited): cause"},
	} {
		if diff := cmp.Diff(c.want, c.err.Detail); diff != "" || c.err.Error() != c.line || c.err.Hint != "Come back." {
			t.Errorf("%s: %q %s", c.name, c.err.Error(), diff)
		}
	}
	if base.Unwrap() != nil || !errors.Is(why, cause) {
		t.Error("Because changed its receiver, or lost the cause")
	}
}

// What a server says is what its client's error says; the cause stays at home.
func TestDetailsRoundTrip(t *testing.T) {
	t.Parallel()
	e := problem.New(problem.Conflict, "No.", "Do.").With("field", "name").Because(errors.New("secret cause"))
	raw, err := json.Marshal(problem.DetailsOf(fmt.Errorf("add person: %w", e)))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"type":"about:blank","title":"No.","status":409,"code":"conflict","hint":"Do.","detail":{"field":"name"}}`
	if string(raw) != want {
		t.Errorf("\n got %s\nwant %s", raw, want)
	}
	var d problem.Details
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	back := d.Problem()
	if diff := cmp.Diff(problem.New(problem.Conflict, "No.", "Do.").With("field", "name"), back, cmp.Comparer(sameError)); diff != "" {
		t.Error(diff)
	}
}

func sameError(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// A refusal from something that is not Timepost is still a refusal.
func TestDetailsWithoutCode(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]problem.Code{
		400: problem.Invalid, 401: problem.Unauthenticated, 403: problem.Forbidden, 404: problem.NotFound, 409: problem.Conflict,
		410: problem.Expired, 413: problem.Invalid, 422: problem.Invalid, 429: problem.Limited, 500: problem.Internal,
		502: problem.Unavailable, 503: problem.Unavailable, 504: problem.Unavailable, 0: problem.Internal, 418: problem.Internal,
	} {
		e := problem.Details{Status: status}.Problem()
		if e.Code != want || e.Code.ExitCode() == 0 || e.Message == "" {
			t.Errorf("%d: %+v", status, e)
		}
	}
	if e := (problem.Details{Status: 500, Code: problem.Used, Title: "t"}).Problem(); e.Code != problem.Used || e.Message != "t" {
		t.Errorf("%+v", e)
	}
}
