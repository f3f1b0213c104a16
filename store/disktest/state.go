package disktest

import "sync"

// SQLite has one set of system calls for a process, so the hooks and what they
// watch are the process's, too.
var (
	install = sync.OnceValue(installHooks)
	watch   = registry{disks: map[string]*Disk{}, open: map[int]handle{}}
)

// registry knows which Disk a path and a file descriptor belong to.
type registry struct {
	mu    sync.RWMutex
	disks map[string]*Disk // by folder
	open  map[int]handle
}

// handle is what a file descriptor is open on; file is nil for the folder.
type handle struct {
	disk *Disk
	path string
	file *file
}
