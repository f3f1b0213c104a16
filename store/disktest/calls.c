// The hooks under SQLite's default VFS. Each asks Go about calls on watched files and
// passes all others through.

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 // off_t is off64_t
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#include "_cgo_export.h"
#include "calls.h"

// The part of SQLite's stable interface that is needed here (sqlite3.h, "OS Interface
// Object", version 3). The functions before xSetSystemCall are not called.
typedef void (*syscall_ptr)(void);
typedef struct sqlite3_vfs sqlite3_vfs;
struct sqlite3_vfs {
  int iVersion, szOsFile, mxPathname;
  sqlite3_vfs *pNext;
  const char *zName;
  void *pAppData;
  void (*unused[13])(void);
  int (*xSetSystemCall)(sqlite3_vfs *, const char *name, syscall_ptr);
  syscall_ptr (*xGetSystemCall)(sqlite3_vfs *, const char *name);
};
extern sqlite3_vfs *sqlite3_vfs_find(const char *name) __attribute__((weak));

enum { MAX_FD = 65536 };
static volatile unsigned char watched[MAX_FD]; // by file descriptor

static int is_watched(int fd) { return fd >= 0 && fd < MAX_FD && watched[fd]; }

// ask lets Go refuse a call: 0, or the errno it ends with.
static int ask(int fd, int op, size_t n, off_t at) {
  return goBefore(fd, op, (long long)n, (long long)at);
}

static int hook_open(const char *path, int flags, int mode) {
  int w = goWatches((char *)path);
  if (w) {
    int e = goBeforePath((char *)path, OP_OPEN);
    if (e) {
      errno = e;
      return -1;
    }
  }
  int created = w && (flags & O_CREAT) && access(path, F_OK) != 0;
  int fd = open(path, flags | O_CLOEXEC, mode);
  if (fd >= MAX_FD) {
    close(fd);
    errno = EMFILE;
    return -1;
  }
  if (w && fd >= 0) {
    goOpened((char *)path, fd, created);
    watched[fd] = 1;
  }
  return fd;
}

static int hook_close(int fd) {
  if (is_watched(fd)) {
    watched[fd] = 0;
    goClosed(fd);
  }
  return close(fd);
}

static ssize_t hook_pread(int fd, void *buf, size_t n, off_t at) {
  if (is_watched(fd)) {
    int e = ask(fd, OP_READ, n, at);
    if (e) {
      errno = e;
      return -1;
    }
  }
  return pread(fd, buf, n, at);
}

static ssize_t hook_pwrite(int fd, const void *buf, size_t n, off_t at) {
  if (!is_watched(fd)) return pwrite(fd, buf, n, at);
  int e = ask(fd, OP_WRITE, n, at);
  if (e < 0) { // a part of it, as a disk does that is nearly full
    n = (size_t)-e;
  } else if (e > 0) {
    errno = e;
    return -1;
  }
  ssize_t done = pwrite(fd, buf, n, at);
  if (done > 0) goWrote(fd, (char *)buf, (long long)done, (long long)at);
  return done;
}

static int hook_ftruncate(int fd, off_t size) {
  if (!is_watched(fd)) return ftruncate(fd, size);
  int e = ask(fd, OP_TRUNCATE, (size_t)size, 0);
  if (e) {
    errno = e;
    return -1;
  }
  int rc = ftruncate(fd, size);
  if (rc == 0) goTruncated(fd, (long long)size);
  return rc;
}

static int hook_unlink(const char *path) {
  if (!goWatches((char *)path)) return unlink(path);
  int e = goBeforePath((char *)path, OP_UNLINK);
  if (e) {
    errno = e;
    return -1;
  }
  int rc = unlink(path);
  if (rc == 0) goUnlinked((char *)path);
  return rc;
}

// The store sends SQLite's fsync to fdatasync; the linker sends that here.
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd) {
  if (!is_watched(fd)) return __real_fdatasync(fd);
  int e = ask(fd, OP_SYNC, 0, 0);
  if (e) {
    errno = e;
    return -1;
  }
  goSynced(fd); // remembered; the machine under the test need not wait for its own disk
  return 0;
}

int disktest_install(void) {
  if (!sqlite3_vfs_find) return 1;
  sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
  if (!vfs || vfs->iVersion < 3) return 2;
  // off_t has 64 bits, so that a hook stands for both names of a call.
  const struct {
    const char *name, *other;
    syscall_ptr hook;
  } hooks[] = {
      {"open", 0, (syscall_ptr)hook_open},
      {"close", 0, (syscall_ptr)hook_close},
      {"pread", "pread64", (syscall_ptr)hook_pread},
      {"pwrite", "pwrite64", (syscall_ptr)hook_pwrite},
      {"ftruncate", 0, (syscall_ptr)hook_ftruncate},
      {"unlink", 0, (syscall_ptr)hook_unlink},
  };
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
    const char *name = hooks[i].name;
    if (!vfs->xGetSystemCall(vfs, name)) name = hooks[i].other;
    if (!name || !vfs->xGetSystemCall(vfs, name)) return 3; // this build uses something else
    if (vfs->xSetSystemCall(vfs, name, hooks[i].hook) != 0) return 4;
  }
  return 0;
}
