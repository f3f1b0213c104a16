package device_test

import (
	"time"

	"pgregory.net/rapid"
)

// setClock puts the wall clock anywhere. No limit goes by it: the model has none.
func (d *duel) setClock(t *rapid.T) {
	d.w.m.mu.Lock()
	defer d.w.m.mu.Unlock()
	d.w.m.real = time.Unix(rapid.Int64Range(-1<<33, 1<<33).Draw(t, "unix time"), 0).UTC() // 1697 to 2242
}
