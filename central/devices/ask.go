package devices

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/sync/wire"
)

// Doorkeeper takes machines without a code that ask to be let in. Address is the IP
// address that asks.
type Doorkeeper interface {
	Ask(ctx context.Context, address string, r wire.EnrolRequest) (wire.AskReply, error)
}

// Asking gives the route by which machines without a code ask to be let in.
func Asking(d Doorkeeper) Route {
	return Route{wire.AskPath, 0, func(h *handler, w http.ResponseWriter, r *http.Request) {
		req, err := decode(r.Body)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		reply, err := d.Ask(r.Context(), addressOf(r), req)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.answer(w, http.StatusOK, reply)
	}}
}
