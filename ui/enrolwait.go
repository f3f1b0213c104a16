package ui

import "github.com/timepost/timepost/internal/problem"

// giveUp ends the wait for somebody to let this machine in.
func (s *enrolScreen) giveUp() {
	s.turn(enrolTyping)
	s.stop()
}

// offersWifi says whether the network is the operator's to choose here.
func (s *enrolScreen) offersWifi() bool { return s.k.state.Wireless && s.stage != enrolWorking }

// update takes over what a new state means for this screen: also what came of a
// provisioning file, unless somebody types.
func (s *enrolScreen) update() {
	if f := s.k.state.Provisioning; f != nil && s.stage == enrolTyping && s.server.text == "" && f.File != s.file {
		s.fault, s.file, s.finding = problem.New(problem.Code(f.Code), f.Message, f.Hint), f.File, false
		s.turn(enrolFailed)
	}
	if s.net.Visible() != s.offersWifi() {
		s.turn(s.stage)
	}
}

// layWaiting puts the check value, large, under what to do with it.
func (s *enrolScreen) layWaiting(p panel, r rect) {
	r.bottom(mm(p.pick(18, 14))).put(s.cancel)
	r.bottom(mm(4))
	s.wrong.sized(p.pick(capTitle, 4.5))
	s.wrong.put(r.top(s.wrong.heightWithin(r.w, r.h*0.3)))
	r.top(mm(p.pick(5, 3)))
	s.check.put(r.bottom(min(r.h*0.5, mm(p.pick(26, 18)))))
	s.hint.put(r)
}

// layTitle puts the title over r, and beside it the way to the networks.
func (s *enrolScreen) layTitle(p panel, r *rect, high float32) {
	if s.offersWifi() {
		high = max(high, p.fixed(p.pick(14, 12.6)))
	}
	head := r.top(high)
	if s.offersWifi() {
		head.right(mm(p.pick(40, 22))).put(s.net)
		head.right(p.fixed(gap))
	}
	s.title.put(head)
}
