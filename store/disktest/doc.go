// Package disktest puts a disk that fails and forgets under the real SQLite, with
// the real options and nothing of the program changed.
//
// SQLite lets its calls of the operating system be replaced (xSetSystemCall); flushes
// are caught by the linker. Every call on a file in a watched folder is counted. It
// can be refused as a disk would (Disk.Arm), and what was written is remembered, so
// that a folder can be made as it may look when the power fails before any call
// (Disk.Cut): what was flushed is there, and of everything else some, in pieces of a
// sector, in any order.
//
// Files that Go's own calls write are not seen. The -shm file is counted and not kept:
// after a power cut it is made anew. Only tests import this package.
package disktest
