package disktest

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// Op says what a call does; the numbers are those of calls.h.
type Op int

// The calls that are seen. Open is of files and of the folder itself.
const (
	Open Op = iota
	Read
	Write
	Truncate
	Sync
	Unlink
)

// String names the call.
func (o Op) String() string {
	return [...]string{"open", "read", "write", "truncate", "sync", "unlink"}[o]
}

// Call is one call of the operating system on a file of a watched folder.
type Call struct {
	N    int // counted from 1, per Disk
	Op   Op
	Path string
	Size int64 // bytes; of a Truncate the new size
	At   int64 // where in the file, for Read and Write
}

// String gives the number, the call and the file's name.
func (c Call) String() string { return fmt.Sprintf("%d %s %s", c.N, c.Op, filepath.Base(c.Path)) }

// Short is the error with which a Before lets a Write do only so many bytes; the
// next one then most often fails with ENOSPC. For another Op it is EIO.
type Short int

// Error says how much was written.
func (s Short) Error() string { return fmt.Sprintf("only %d bytes written", int(s)) }

// verdict turns what a Before says into what the hooks in C expect: 0 to go on, an
// errno, or minus the number of bytes.
func verdict(c Call, err error) int {
	switch e := err.(type) {
	case nil:
		return 0
	case syscall.Errno:
		return int(e)
	case Short:
		if c.Op == Write && e > 0 && int64(e) < c.Size {
			return -int(e)
		}
	}
	return int(syscall.EIO)
}
