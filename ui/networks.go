package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/timepost/timepost/device/local"
)

// Wireless puts this machine into a network: see local.Wireless.
type Wireless interface {
	Networks(ctx context.Context, session string) ([]local.Network, error)
	Join(ctx context.Context, j local.Join) (local.Joined, error)
}

// How long the service may take to look for networks, and to join one.
const (
	lookLimit = 15 * time.Second
	joinLimit = 70 * time.Second
)

// maxNetworks is how many networks one page has at most.
const maxNetworks = 12

// networksScreen lists the wireless networks in reach, in pages.
type networksScreen struct {
	page
	k     *Kiosk
	title *label
	note  *label
	back  *key
	again *key
	prev  *key
	next  *key
	tiles [maxNetworks]*tile
	all   []local.Network
	from  int
	size  panel
}

func newNetworks(k *Kiosk) *networksScreen {
	s := &networksScreen{
		page: page{name: "networks", limit: careLimit, settle: settle}, k: k,
		title: newLabel(style{size: capTitle, bold: true, ink: ink, lines: 2, drop: 0.5}),
		note:  newLabel(style{size: capTitle, ink: quiet, lines: 3, drop: 0.4, align: fyne.TextAlignCenter}),
	}
	s.back = newKey(k.gate, "back", "", glyphBack, capBody, plainTint(), k.leaveNetworks)
	s.again = newKey(k.gate, "again", "", glyphNone, capBody, accentTint(), k.lookForNetworks)
	s.prev = newKey(k.gate, "previous", "", glyphUp, capTitle, plainTint(), func() { s.turn(-1) })
	s.next = newKey(k.gate, "next", "", glyphDown, capTitle, plainTint(), func() { s.turn(1) })
	objects := []fyne.CanvasObject{s.title.box, s.note.box, s.back, s.again, s.prev, s.next}
	for i := range s.tiles {
		s.tiles[i] = newTile(k.gate, "", glyphWiFi, plainTint(), func() { k.chooseNetwork(s.all[s.from+i]) })
		s.tiles[i].kind = "network"
		objects = append(objects, s.tiles[i])
	}
	s.build(newBackdrop(k.gate, paper), s.lay, objects...)
	return s
}

// speak satisfies screen.
func (s *networksScreen) speak(w *words) {
	s.title.set(w.Wifi)
	s.back.say(w.Back)
	s.again.say(w.WifiAgain)
}

// open lists networks; note is said where there is none.
func (s *networksScreen) open(all []local.Network, note string) {
	s.all, s.from = all, 0
	s.note.set(note)
	s.lay(s.size)
}

// clear forgets what is in reach.
func (s *networksScreen) clear() { s.open(nil, "") }

func (s *networksScreen) turn(by int) {
	cols, rows := s.grid()
	s.from = max(0, s.from+by*cols*rows)
	s.lay(s.size)
	s.k.changed()
}

// regions cuts the panel: a head, the networks, the page keys where there are more than
// fit.
func (s *networksScreen) regions(p panel) (head, list, rail rect) {
	r := p.safe()
	head = r.top(mm(p.pick(15, target)))
	r.top(mm(p.pick(6, 4)))
	if cols, rows := s.gridOf(r); len(s.all) <= cols*rows {
		return head, r, rail
	}
	if p.tall() {
		rail = r.bottom(mm(15))
		r.bottom(mm(4))
		return head, r, rail
	}
	rail = r.right(mm(18))
	r.right(mm(4))
	return head, r, rail
}

// grid gives how many columns and rows of networks there are on a page.
func (s *networksScreen) grid() (cols, rows int) {
	_, r, _ := s.regions(s.size)
	return s.gridOf(r)
}

func (s *networksScreen) gridOf(r rect) (cols, rows int) {
	cols = max(1, int((r.w+mm(gap))/(mm(s.size.pick(88, 62))+mm(gap))))
	rows = max(1, int((r.h+mm(gap))/(mm(s.size.pick(25, 18))+mm(gap))))
	return cols, min(rows, maxNetworks/cols)
}

func (s *networksScreen) lay(p panel) {
	if p.w == 0 {
		return
	}
	s.size = p
	head, list, rail := s.regions(p)
	half := (head.w - mm(gap)) / 2
	head.left(min(half, mm(p.pick(40, 30)))).put(s.back)
	head.right(min(half, mm(p.pick(52, 38)))).put(s.again)
	head.left(mm(5))
	show(head.w >= mm(20), s.title.box) // rather nothing than something too small to read
	s.title.sized(p.pick(capName, 4.5)).put(head)
	cols, rows := s.grid()
	for i, t := range s.tiles {
		on := i < cols*rows && s.from+i < len(s.all)
		show(on, t)
		if !on {
			continue
		}
		n := s.all[s.from+i]
		t.title.sized(p.pick(capTitle-1, 4))
		t.sub.sized(p.pick(capBody-0.5, 3.2))
		dye := plainTint()
		if n.Active {
			dye = accentTint()
		}
		t.say("network_"+n.SSID, n.SSID, s.k.say.network(n), signOf(n), dye)
		list.cell(cols, rows, i, mm(gap)).put(t)
	}
	show(len(s.all) == 0, s.note.box)
	s.note.put(list.inset(mm(4)))
	show(len(s.all) > cols*rows, s.prev, s.next)
	s.prev.enable(s.from > 0)
	s.next.enable(s.from+cols*rows < len(s.all))
	if p.tall() {
		rail.cell(2, 1, 0, mm(gap)).put(s.prev)
		rail.cell(2, 1, 1, mm(gap)).put(s.next)
		return
	}
	rail.cell(1, 2, 0, mm(gap)).put(s.prev)
	rail.cell(1, 2, 1, mm(gap)).put(s.next)
}

// signOf gives a network's picture: a lock where it can't be joined here.
func signOf(n local.Network) glyph {
	switch {
	case n.Security == "company" || n.Security == "old":
		return glyphLock
	case n.Strength >= strongFrom:
		return glyphWiFi
	case n.Strength >= fairFrom:
		return glyphWiFiFair
	}
	return glyphWiFiWeak
}
