package store

// SQLite flushes with fdatasync only where it was compiled to, and the driver does
// not: with fsync every commit makes the filesystem write the file's time of change
// into its own journal, too: a flush and 12 KiB more that nobody needs. fdatasync
// waits for the data and for the length of the file all the same, and flushes the
// disk's cache. It is done here and not by a compiler flag, so that it holds however
// a program is built; only C code goes through it, which is SQLite.

/*
#cgo linux LDFLAGS: -Wl,--wrap=fsync
#include <unistd.h>

int __wrap_fsync(int fd) { return fdatasync(fd); }
*/
import "C"
