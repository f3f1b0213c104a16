package ui

import (
	"context"

	"github.com/timepost/timepost/device/local"
)

// secretScreen asks for a network's password and says what came of it.
type secretScreen struct {
	page
	k       *Kiosk
	title   *label
	news    *label
	back    *key
	field   *field
	connect *key
	board   *keyboard
	net     local.Network
	size    panel
}

func newSecret(k *Kiosk) *secretScreen {
	s := &secretScreen{
		page: page{name: "network_password", limit: careLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		news:  newLabel(style{size: capBody, bold: true, ink: accentLine, lines: 2, drop: 0.5}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), k.lookForNetworks)
	s.field = newField(k.gate, "password", "", func() {})
	s.field.most = 63
	s.connect = newKey(k.gate, "connect", "", glyphNone, capTitle, accentTint(), func() { k.join(s.net, s.field.text) })
	s.board = newKeyboard(k.gate, func(text string) {
		s.field.typed(text)
		s.news.set("")
		s.ready()
	})
	s.board.secret = true
	s.build(newBackdrop(k.gate, paper), s.lay, s.title.box, s.news.box, s.back, s.field, s.connect, s.board.box)
	return s
}

// speak satisfies screen.
func (s *secretScreen) speak(w *words) {
	s.back.say(w.Back)
	s.field.ask(w.WifiPassword)
	s.connect.say(w.Connect)
	s.board.speak(w)
}

// open asks for the password of a network.
func (s *secretScreen) open(n local.Network) {
	s.net = n
	s.title.set(n.SSID)
	s.field.set("")
	s.news.set("")
	s.board.first()
	s.ready()
}

// clear forgets what was typed.
func (s *secretScreen) clear() { s.open(local.Network{}) }

func (s *secretScreen) ready() { s.connect.enable(len(s.field.text) >= leastSecret) }

// leastSecret is how many characters a password has at least (WPA, IEEE 802.11i).
const leastSecret = 8

func (s *secretScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	r := p.safe()
	head := r.top(mm(p.pick(15, target)))
	head.left(mm(p.pick(40, 30))).put(s.back)
	head.left(mm(5))
	s.board.put(p, r.bottom(s.board.height(p)))
	r.bottom(p.fixed(gap))
	line := p.fixed(p.pick(17, 12.6))
	need := line
	if p.tall() {
		need = 2*line + p.fixed(gap)
	}
	if room := r.h - need - mm(1); room < mm(6) { // nothing but the head is left for the news
		s.title.sized(4.5).put(head.left(head.w * 0.4))
		s.news.put(head)
	} else {
		s.title.sized(p.pick(capName, 4.5)).put(head)
		s.news.put(r.top(min(room, mm(p.pick(14, 9)))))
	}
	if p.tall() { // a password is long
		r.bottom(line).put(s.connect)
		r.bottom(p.fixed(gap))
		r.bottom(line).put(s.field)
		return
	}
	row := r.bottom(line)
	row.right(mm(p.pick(44, 34))).put(s.connect)
	row.right(p.fixed(gap))
	row.put(s.field)
}

// lookForNetworks is the tap on "Wi-Fi".
func (k *Kiosk) lookForNetworks() {
	k.secret.clear()
	k.networks.open(nil, k.say.WifiLooking)
	k.show(k.networks)
	var all []local.Network
	id := k.session
	k.askWithin(lookLimit, func(ctx context.Context) (err error) {
		all, err = k.cfg.Wireless.Networks(ctx, id)
		return err
	}, func(err error) {
		note := k.say.WifiNone
		if err != nil {
			note = k.say.notJoined("", err)
		}
		k.took("done") // the time begins anew
		k.networks.open(all, note)
		k.changed()
	})
}

// chooseNetwork is the tap on one of them.
func (k *Kiosk) chooseNetwork(n local.Network) {
	k.secret.open(n)
	switch n.Security {
	case "password":
		k.show(k.secret)
	case "open":
		k.join(n, "")
	default:
		k.networks.open(nil, k.say.network(n))
	}
	k.changed()
}

// join puts the machine into a network and says what came of it: in the list, or where
// the password is typed when that was not right.
func (k *Kiosk) join(n local.Network, secret string) {
	w, id := k.say, k.session
	k.secret.news.set(fill(w.WifiJoining, "name", n.SSID))
	k.networks.open(nil, fill(w.WifiJoining, "name", n.SSID))
	var got local.Joined
	k.askWithin(joinLimit, func(ctx context.Context) (err error) {
		got, err = k.cfg.Wireless.Join(ctx, local.Join{Session: id, SSID: n.SSID, Password: secret})
		return err
	}, func(err error) {
		k.took("done")
		news := w.notJoined(n.SSID, err)
		switch {
		case err != nil && n.Security == "password":
			k.secret.news.set(news)
			k.changed()
			return
		case err == nil && got.Portal:
			news = fill(w.WifiPortal, "name", n.SSID)
		case err == nil:
			news = fill(w.WifiJoined, "name", n.SSID)
		}
		k.secret.clear()
		k.networks.open(nil, news)
		k.show(k.networks)
		k.changed()
	})
}

// leaveNetworks goes back to Maintenance, or to enrolling.
func (k *Kiosk) leaveNetworks() {
	k.networks.clear()
	k.secret.clear()
	if k.session != "" && k.state.Enrolled {
		k.show(k.care)
		return
	}
	k.home()
}
