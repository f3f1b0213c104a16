package devices

import (
	"context"
	"time"

	"github.com/timepost/timepost/sync/wire"
)

// maxRenewal bounds a request for a new certificate, in bytes: it has about 600.
const maxRenewal = 8 << 10

// Renewer gives kiosks new certificates: body is what u was signed for. AdmitRenewal
// fails where u is not signed by the key that the kiosk has now.
type Renewer interface {
	AdmitRenewal(ctx context.Context, u wire.SignedUpload) error
	Renew(ctx context.Context, u wire.SignedUpload, body []byte) (wire.RenewReply, error)
}

// Renewal gives the route of new certificates. Now is the wall clock.
func Renewal(f Renewer, now func() time.Time) Route {
	take := func(ctx context.Context, u wire.SignedUpload, body []byte) (any, error) { return f.Renew(ctx, u, body) }
	return Route{wire.RenewPath, maxRenewal, upload{wire.UploadRenew, newUploads(now), f.AdmitRenewal, take}.serve}
}
