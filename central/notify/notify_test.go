package notify_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/central/notify"
	"github.com/timepost/timepost/central/post"
	"github.com/timepost/timepost/central/post/posttest"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/lifecycle/lifecycletest"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// running runs the service in a bubble of its own time while f runs.
func running(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.notify.Run(ctx) }()
		f(t, w)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func recipients(mails []post.Message) []string {
	var out []string
	for _, m := range mails {
		out = append(out, m.To+": "+m.Subject)
	}
	return out
}

func TestEveryoneOfTheAudienceGetsOneMail(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, w *world) {
		w.mail(nil)
		w.notice(centraldb.ToOwners, "for owners", 0)
		w.notice(centraldb.ToAdmins, "for admins", 0)
		synctest.Wait() // no time goes by: a commit wakes the service
		want := []string{owner + ": for owners", "adam@acme.example: for admins", owner + ": for admins"}
		if d := cmp.Diff(want, recipients(w.postman.mails())); d != "" {
			t.Fatal(d)
		}
		const body = "Look at this.\n\nhttps://time.acme.example/team/p-1#pin\n\n-- \nTimepost of Acme\n"
		if got := w.postman.mails()[0].Body; got != body {
			t.Errorf("%q", got)
		}
		if w.postman.to.Password != secret || len(w.letters(centraldb.MailSent)) != 3 || len(w.letters(centraldb.MailQueued)) != 0 {
			t.Errorf("%+v", w.postman.to)
		}
		time.Sleep(89 * 24 * time.Hour)
		if n, kept := len(w.postman.mails()), len(w.letters(centraldb.MailSent)); n != 3 || kept != 3 {
			t.Errorf("%d mails, %d of them are kept", n, kept)
		}
		time.Sleep(3 * 24 * time.Hour)
		synctest.Wait()
		if n := len(w.letters(centraldb.MailSent)); n != 0 {
			t.Errorf("%d mails are kept for ever", n)
		}
	})
}

func TestNoticesWaitForAMailServer(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, w *world) {
		w.notice(centraldb.ToOwners, "too old", 6*24*time.Hour)
		w.notice(centraldb.ToOwners, "waits", 0)
		time.Sleep(3 * 24 * time.Hour)
		if n := len(w.postman.mails()); n != 0 {
			t.Fatalf("%d mails", n)
		}
		w.mail(nil)
		synctest.Wait()
		if d := cmp.Diff([]string{owner + ": waits"}, recipients(w.postman.mails())); d != "" {
			t.Error(d)
		}
	})
}

func TestNoticesThatNobodyIsMailedAreForgotten(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, w *world) {
		w.notice(centraldb.ToOwners, "nobody is mailed", 0)
		count := func() int {
			n, err := w.db.CountNotices(t.Context(), "test", 0)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		time.Sleep(89 * 24 * time.Hour)
		if n := count(); n != 1 {
			t.Errorf("%d notices after 89 days", n)
		}
		time.Sleep(3 * 24 * time.Hour)
		synctest.Wait()
		if n := count(); n != 0 {
			t.Errorf("%d notices are kept for ever", n)
		}
	})
}

func TestMailIsTriedForADayThenLiesWithTheUndelivered(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, w *world) {
		w.postman.failing(func(post.Message) error { return problem.New(problem.Unavailable, "Not now.", "It said: 451 later") })
		w.mail(nil)
		w.notice(centraldb.ToOwners, "hello", 0)
		time.Sleep(48 * time.Hour)
		tries := w.postman.tries()
		if len(tries) != 14 {
			t.Fatalf("%d tries", len(tries))
		}
		var between []time.Duration
		for i := range tries[1:] {
			between = append(between, tries[i+1].Sub(tries[i]))
		}
		const m, h = time.Minute, time.Hour
		if d := cmp.Diff([]time.Duration{m, 2 * m, 4 * m, 8 * m, 15 * m, 30 * m, h, 2 * h, 4 * h, 4 * h, 4 * h, 4 * h, 4 * h}, between); d != "" {
			t.Error(d)
		}
		dead := w.letters(centraldb.MailDead)
		if len(dead) != 1 || dead[0].Fault != "Not now. It said: 451 later" || dead[0].Tries != 14 {
			t.Fatalf("%+v", dead)
		}
		w.postman.failing(nil)
		if err := w.notify.Retry(t.Context(), owner, dead[0].ID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := len(w.postman.mails()); n != 1 {
			t.Errorf("%d mails after retry", n)
		}
		if err := w.notify.Retry(t.Context(), owner, dead[0].ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("retry of a sent one: %v", err)
		}
	})
}

func TestRefusedMailIsGivenUpAtOnceAndOthersGoOn(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, w *world) {
		w.postman.failing(func(m post.Message) error {
			if m.To == "adam@acme.example" {
				return problem.New(problem.Invalid, "Refused.", "It said: 550")
			}
			return nil
		})
		w.mail(nil)
		w.notice(centraldb.ToAdmins, "hello", 0)
		synctest.Wait()
		dead := w.letters(centraldb.MailDead)
		if len(w.postman.mails()) != 1 || len(dead) != 1 {
			t.Fatalf("%v, %+v", w.postman.mails(), dead)
		}
		if err := w.notify.Drop(t.Context(), owner, dead[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := w.notify.Drop(t.Context(), owner, dead[0].ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("dropped twice: %v", err)
		}
	})
}

// A server that is down is asked once a minute, not once for every mail; saving
// the settings asks at once.
func TestServerThatIsDownIsLeftAlone(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, w *world) {
		w.postman.failing(func(post.Message) error {
			return problem.New(problem.Unavailable, "Down.", "").With("server", true)
		})
		w.mail(nil)
		for range 20 {
			w.notice(centraldb.ToAdmins, "hello", 0)
		}
		time.Sleep(10*time.Minute - time.Second)
		if n := len(w.postman.tries()); n != 10 {
			t.Errorf("%d tries in 10 minutes", n)
		}
		w.postman.failing(nil)
		w.mail(nil)
		synctest.Wait()
		if n := len(w.postman.mails()); n != 40 {
			t.Errorf("%d mails", n)
		}
	})
}

// A crash between the server's word and our commit repeats a mail under the same
// Message-ID.
func TestCrashRepeatsTheSameMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defer w.close()
	w.mail(nil)
	w.notice(centraldb.ToOwners, "hello", 0)
	crashing := &crashStore{DB: w.db}
	ctx, cancel := context.WithCancel(t.Context())
	crashing.crash = cancel
	first := notify.New(notify.Config{Org: "acme", Store: crashing, Sender: w.postman, Safe: w.safe(7)})
	if err := first.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(w.letters(centraldb.MailQueued)); n != 1 {
		t.Fatalf("%d queued", n)
	}
	ctx, cancel = context.WithCancel(t.Context())
	second := w.make(w.postman)
	w.postman.failing(func(post.Message) error {
		cancel() // it is still written down
		return nil
	})
	if err := second.Run(ctx); err != nil {
		t.Fatal(err)
	}
	got := w.postman.mails()
	if len(got) != 2 || got[0].ID != got[1].ID || got[0].ID == "" || len(w.letters(centraldb.MailSent)) != 1 {
		t.Fatalf("%+v", got)
	}
}

// crashStore loses the third transaction: old ones swept, the mail made, and sent.
type crashStore struct {
	*centraldb.DB
	n     atomic.Int64
	crash func()
}

func (c *crashStore) Update(ctx context.Context, f func(*centraldb.Tx) error) error {
	if c.n.Add(1) == 3 {
		c.crash()
		return errors.New("power cut")
	}
	return c.DB.Update(ctx, f)
}

func TestMailReachesARealServer(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t, posttest.Options{Mode: "starttls", User: "clock", Password: secret, Greylist: 1})
	w := newWorld(t)
	defer w.close()
	w.notify = w.make(&post.Sender{Roots: s.Roots})
	w.mail(func(e *notify.Edit) { e.Host, e.Port = "127.0.0.1", s.Port })
	if err := w.notify.Test(t.Context(), owner, owner); !problem.Is(err, problem.Unavailable) {
		t.Fatalf("greylisted: %v", err)
	}
	if err := w.notify.Test(t.Context(), owner, owner); err != nil {
		t.Fatal(err)
	}
	if m := s.Mail(); m.To[0] != owner || !m.TLS || m.Login != "clock" {
		t.Errorf("%+v", m)
	}
}

func TestStartsAndStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Cleanup(w.close)
	lifecycletest.StartStop(t, func() lifecycle.Service { return w.make(w.postman) })
}
