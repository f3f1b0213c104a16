#ifndef TIMEPOST_DISKTEST_CALLS_H
#define TIMEPOST_DISKTEST_CALLS_H

/* What a call is; the same numbers as Op in call.go. */
enum { OP_OPEN, OP_READ, OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_UNLINK };

/* install puts the hooks into SQLite. It gives 0, or what failed first. */
int disktest_install(void);

#endif
