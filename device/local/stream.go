package local

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/timepost/timepost/internal/problem"
)

// events streams the state, one JSON value per line, until either side ends.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	lines := newLines(w)
	for st := range s.watcher.Watch(r.Context()) {
		if err := lines.send(st); err != nil {
			s.log.Debug("event stream ended", "err", err)
			return
		}
	}
}

// enrol streams the steps of an enrolment and how it ended.
func (s *Server) enrol(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	q, err := decode[EnrolRequest](r)
	if err == nil && s.enroller == nil {
		err = problem.New(problem.Conflict, "This machine can't be enrolled here.", "")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	select {
	case s.enrolment <- struct{}{}:
	default:
		s.fail(w, r, problem.New(problem.Conflict, "This kiosk is being enrolled right now.", "Wait until that has ended."))
		return
	}
	lines := newLines(w)
	err = s.enrolNow(r.Context(), q, func(step EnrolStep) {
		if err := lines.send(wireProgress{Step: &step}); err != nil {
			s.log.Debug("enrolment step not sent", "err", err)
		}
	})
	end := wireProgress{Done: err == nil}
	if err != nil {
		s.log.Warn("enrolment failed", "err", err)
		d := problem.DetailsOf(err)
		end.Error = &d
	}
	if err := lines.send(end); err != nil {
		s.log.Debug("enrolment end not sent", "err", err)
	}
}

// enrolNow enrols, and makes room for the next before the end is told: whoever hears of it
// may try again at once.
func (s *Server) enrolNow(ctx context.Context, q EnrolRequest, step func(EnrolStep)) error {
	defer func() { <-s.enrolment }()
	return s.enroller.Enrol(ctx, q, step)
}

// lines writes one JSON value per line and flushes each.
type lines struct {
	enc   *json.Encoder
	flush *http.ResponseController
}

func newLines(w http.ResponseWriter) *lines {
	w.Header().Set("Content-Type", typeLines)
	w.Header().Set("Cache-Control", "no-store")
	return &lines{enc: json.NewEncoder(w), flush: http.NewResponseController(w)}
}

func (l *lines) send(v any) error {
	if err := l.enc.Encode(v); err != nil {
		return err
	}
	return l.flush.Flush()
}
