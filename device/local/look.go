package local

import "github.com/timepost/timepost/sync/wire"

// Look is how the touchscreen presents itself, as the organisation decided. The
// screen knows this package only.
type Look = wire.Look
