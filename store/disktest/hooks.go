package disktest

/*
#cgo LDFLAGS: -Wl,--wrap=fdatasync
#include "calls.h"
*/
import "C"

import (
	"fmt"
	"path/filepath"
)

func installHooks() error {
	if rc := C.disktest_install(); rc != 0 {
		return fmt.Errorf("SQLite does not take the hooks: step %d", rc)
	}
	return nil
}

// find gives the Disk of a path, nil where nobody watches it.
func (r *registry) find(path string) *Disk {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if d := r.disks[path]; d != nil {
		return d
	}
	return r.disks[filepath.Dir(path)]
}

func (r *registry) handle(fd C.int) (handle, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	h, ok := r.open[int(fd)]
	return h, ok
}

//export goWatches
func goWatches(path *C.char) C.int {
	if watch.find(C.GoString(path)) == nil {
		return 0
	}
	return 1
}

//export goBeforePath
func goBeforePath(path *C.char, op C.int) C.int {
	p := C.GoString(path)
	d := watch.find(p)
	if d == nil {
		return 0
	}
	return C.int(d.before(Call{Op: Op(op), Path: p}))
}

//export goBefore
func goBefore(fd, op C.int, n, at C.longlong) C.int {
	h, ok := watch.handle(fd)
	if !ok {
		return 0
	}
	return C.int(h.disk.before(Call{Op: Op(op), Path: h.path, Size: int64(n), At: int64(at)}))
}

//export goOpened
func goOpened(path *C.char, fd, created C.int) {
	p := C.GoString(path)
	d := watch.find(p)
	if d == nil {
		return
	}
	h := handle{disk: d, path: p, file: d.opened(p, created != 0)}
	watch.mu.Lock()
	defer watch.mu.Unlock()
	watch.open[int(fd)] = h
}

//export goClosed
func goClosed(fd C.int) {
	watch.mu.Lock()
	defer watch.mu.Unlock()
	delete(watch.open, int(fd))
}

//export goWrote
func goWrote(fd C.int, data *C.char, n, at C.longlong) {
	if h, ok := watch.handle(fd); ok && h.file != nil {
		h.disk.changed(h.file, change{at: int64(at), data: []byte(C.GoStringN(data, C.int(n)))})
	}
}

//export goTruncated
func goTruncated(fd C.int, size C.longlong) {
	if h, ok := watch.handle(fd); ok && h.file != nil {
		h.disk.changed(h.file, change{at: int64(size)})
	}
}

//export goSynced
func goSynced(fd C.int) {
	if h, ok := watch.handle(fd); ok {
		h.disk.synced(h.file)
	}
}

//export goUnlinked
func goUnlinked(path *C.char) {
	p := C.GoString(path)
	if d := watch.find(p); d != nil {
		d.unlinked(p)
	}
}
