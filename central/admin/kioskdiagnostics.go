package admin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/diagnostics"
)

// Diagnostics lists and opens what kiosks handed in of their state. See package
// diagnostics for the errors.
type Diagnostics interface {
	List(kiosk string) ([]diagnostics.Archive, error)
	Open(ctx context.Context, actor, kiosk, id string) (diagnostics.Archive, io.ReadCloser, error)
}

// archiveLine is one archive as the page lists it.
type archiveLine struct {
	Came string
	Size string
	Link string
}

func (p *pages) archiveLines(kiosk string) ([]archiveLine, error) {
	all, err := p.Diagnostics.List(kiosk)
	if err != nil {
		return nil, err
	}
	out := make([]archiveLine, len(all))
	for i, a := range all {
		out[i] = archiveLine{
			Came: p.when(a.At.UnixNano()), Size: fmt.Sprintf("%d kB", (a.Size+999)/1000), Link: kioskPath(kiosk) + "/diagnostics/" + a.ID,
		}
	}
	return out, nil
}

// diagnostics sends one archive as a file; the audit log says to whom.
func (p *pages) diagnostics(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	k, err := p.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	a, body, err := p.Diagnostics.Open(r.Context(), who.Email, k.ID, r.PathValue("archive"))
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read from
	w.Header().Set("Content-Type", diagnostics.Type)
	w.Header().Set("Content-Length", strconv.FormatInt(a.Size, 10))
	w.Header().Set("Content-Disposition", `attachment; filename="`+a.FileName(k.ID)+`"`)
	if _, err := io.Copy(w, body); err != nil && r.Context().Err() == nil {
		// The answer has begun: cutting the connection is the only way to say so.
		p.Log.Error("diagnostics not sent as a whole", "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
