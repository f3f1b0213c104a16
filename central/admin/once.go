package admin

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// What a change has made, a PIN or a code, is shown on the page that follows it,
// to the session that made it, once. Meanwhile it lies in memory only.
const (
	onceFor  = 2 * time.Minute // between a change and its page lies one redirect
	onceMost = 1000            // so that nobody fills the memory
)

type onceKey struct {
	session [sha256.Size]byte
	path    string
}

type onceNote struct {
	note any
	till time.Time
}

// once keeps notes from a change to the page that shows it. It is safe for
// concurrent use.
type once struct {
	mu    sync.Mutex
	notes map[onceKey]onceNote
}

func keyOf(r *http.Request, path string) onceKey {
	return onceKey{sha256.Sum256([]byte(secretOf(r))), path}
}

// after keeps a note for the page at path and sends the browser there.
func (p *pages) after(w http.ResponseWriter, r *http.Request, path string, note any) error {
	p.once.keep(keyOf(r, path), note, p.Now())
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// noted takes the note for this page; nil where there is none.
func (p *pages) noted(r *http.Request) any {
	if r.Method != http.MethodGet {
		return nil // HEAD shows nothing
	}
	return p.once.take(keyOf(r, r.URL.Path), p.Now())
}

func (o *once) keep(key onceKey, note any, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.notes == nil {
		o.notes = map[onceKey]onceNote{}
	}
	for k, n := range o.notes {
		if !now.Before(n.till) || len(o.notes) >= onceMost {
			delete(o.notes, k)
		}
	}
	o.notes[key] = onceNote{note, now.Add(onceFor)}
}

func (o *once) take(key onceKey, now time.Time) any {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, ok := o.notes[key]
	delete(o.notes, key)
	if !ok || !now.Before(n.till) {
		return nil
	}
	return n.note
}
