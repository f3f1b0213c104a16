package devices

import (
	"context"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// Readopter takes back kiosks that were enrolled after the backup this server was
// restored from: body is what u was signed for. AdmitReadopt fails where there can be
// no such kiosk.
type Readopter interface {
	AdmitReadopt(ctx context.Context, u wire.SignedUpload) error
	Readopt(ctx context.Context, u wire.SignedUpload, body []byte) (wire.ReadoptReply, error)
}

// Readoption gives the route by which kiosks are taken back. Now is the wall clock.
func Readoption(f Readopter, now func() time.Time) Route {
	take := func(ctx context.Context, u wire.SignedUpload, body []byte) (any, error) {
		return f.Readopt(ctx, u, body)
	}
	return Route{wire.ReadoptPath, 0, upload{wire.UploadReadopt, newUploads(now), f.AdmitReadopt, take}.serve}
}
