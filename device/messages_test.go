package device_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

func message(t testing.TB, m wire.MessageRow) wire.Row {
	t.Helper()
	return row(t, wire.KindMessage, m.ID, m)
}

func texts(ms []local.Message) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Text)
	}
	return strings.Join(out, " ")
}

func TestMessagesAfterAReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.m.real.Unix()
	w.apply(
		message(t, wire.MessageRow{ID: "m1", Text: "all", From: now - 50}),
		message(t, wire.MessageRow{ID: "m2", Text: "ann", From: now - 40, Person: "ann"}),
		message(t, wire.MessageRow{ID: "m3", Text: "bob", Person: "bob"}),
		message(t, wire.MessageRow{ID: "m4", Text: "later", From: now + 600}),
		message(t, wire.MessageRow{ID: "m5", Text: "over", From: now - 90, Until: now}),
		message(t, wire.MessageRow{ID: "answer-1", Text: "yes", From: now - 30, Person: "ann"}),
	)
	s := w.in("ann", annPIN)
	if len(s.Answers) != 1 || s.Answers[0] != (local.Answer{Message: "answer-1", Text: "yes"}) {
		t.Errorf("answers = %+v", s.Answers)
	}
	r := w.punch(s, attendance.In)
	if got := texts(r.Messages); got != "ann all" {
		t.Errorf("messages: %s", got)
	}
	ctx := t.Context()
	must(t, w.terminal.Read(ctx, r.Ticket, "m2"))
	must(t, w.terminal.Read(ctx, r.Ticket, "m2"))
	for _, id := range []string{"m3", "none", ""} {
		if err := w.terminal.Read(ctx, r.Ticket, id); !problem.Is(err, problem.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := w.terminal.Read(ctx, "made up", "m1"); !problem.Is(err, problem.Expired) {
		t.Errorf("made up: %v", err)
	}
	b := w.bodies(0, record.MessageRead)
	if len(b) != 1 || b[0].Person != "ann" || b[0].Message != "m2" {
		t.Errorf("records = %+v", b)
	}
	w.m.pass(10 * time.Minute)
	w.crash() // what was read is read for good
	s = w.in("ann", annPIN)
	must(t, w.terminal.Read(ctx, s.ID, "answer-1"))
	if r = w.punch(s, attendance.Out); texts(r.Messages) != "later all" {
		t.Errorf("messages: %s", texts(r.Messages))
	}
	if s = w.in("ann", annPIN); s.Answers != nil {
		t.Errorf("answers = %+v", s.Answers)
	}
}

func TestManyMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.apply(message(t, wire.MessageRow{ID: fmt.Sprint("m", i), Text: fmt.Sprint(i), From: int64(i)}))
	}
	r := w.punch(w.in("ann", annPIN), attendance.In)
	if texts(r.Messages) != "4 3 2" {
		t.Errorf("the newest first: %s", texts(r.Messages))
	}
	for _, m := range r.Messages {
		must(t, w.terminal.Read(t.Context(), r.Ticket, m.ID))
	}
	if r = w.punch(w.in("ann", annPIN), attendance.Out); texts(r.Messages) != "1 0" {
		t.Errorf("the others after the next: %s", texts(r.Messages))
	}
}

// What was written to one person is for nobody else: not for who types the
// Universal PIN, and not where no PIN is typed at all.
func TestMessagesAreForTheirPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(message(t, wire.MessageRow{ID: "answer-1", Text: "no", Person: "ann"}),
		message(t, wire.MessageRow{ID: "m1", Text: "private", Person: "ann"}), message(t, wire.MessageRow{ID: "m2", Text: "public"}))
	s := w.in("ann", universalPIN)
	if err := w.terminal.Read(t.Context(), s.ID, "m1"); s.Answers != nil || !problem.Is(err, problem.NotFound) {
		t.Errorf("a supervisor: %+v, %v", s.Answers, err)
	}
	if r := w.punch(s, attendance.In); r.Messages != nil {
		t.Errorf("a supervisor: %+v", r.Messages)
	}
	w.apply(w.settings(false))
	s = w.in("ann", "")
	if r := w.punch(s, attendance.Out); s.Answers != nil || texts(r.Messages) != "public" {
		t.Errorf("anybody: %+v, %s", s.Answers, texts(r.Messages))
	}
	w.apply(w.settings(true))
	s = w.in("ann", annPIN)
	if r := w.punch(s, attendance.In); len(s.Answers) != 1 || texts(r.Messages) != "public private" {
		t.Errorf("herself: %+v, %s", s.Answers, texts(r.Messages))
	}
}
