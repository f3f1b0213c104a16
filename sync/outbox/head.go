package outbox

import "github.com/timepost/timepost/store/devicedb"

// Head is where a journal stands, as its table tells it.
type Head = devicedb.Head
