package local

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/timepost/timepost/internal/problem"
)

// NoGroup is the group of a socket that only its own user and root may use.
const NoGroup = -1

// listenUnix opens the socket at path with mode 0660 and gives it to group. A
// socket that a dead process has left behind is replaced; one that answers is
// problem.Conflict.
func listenUnix(path string, group int) (*net.UnixListener, error) {
	addr := &net.UnixAddr{Name: path, Net: "unix"}
	if c, err := net.DialUnix("unix", nil, addr); err == nil {
		return nil, errors.Join(problem.New(problem.Conflict, "Another kioskd serves this socket already.",
			"Stop it first, or choose another --socket."), c.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	l, err := net.ListenUnix("unix", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on socket: %w", err)
	}
	if err := protect(path, group); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func protect(path string, group int) error {
	if group != NoGroup {
		if err := os.Chown(path, -1, group); err != nil {
			return fmt.Errorf("give socket to group: %w", err)
		}
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return fmt.Errorf("protect socket: %w", err)
	}
	return nil
}

// peers accepts only connections of processes that may talk here: our own user,
// root, and the group. The file mode says the same; this holds also where the
// file's folder or mode was changed.
type peers struct {
	*net.UnixListener
	uid   int
	group int
	log   *slog.Logger
}

// Accept gives the next connection of an allowed process.
func (p *peers) Accept() (net.Conn, error) {
	for {
		c, err := p.AcceptUnix()
		if err != nil {
			return nil, err
		}
		cred, err := peerOf(c)
		if err == nil && p.allows(cred) {
			return c, nil
		}
		p.log.Warn("socket peer refused", "uid", cred.Uid, "gid", cred.Gid, "err", errors.Join(err, c.Close()))
	}
}

func (p *peers) allows(c unix.Ucred) bool {
	return c.Uid == 0 || int(c.Uid) == p.uid || p.group != NoGroup && int(c.Gid) == p.group
}

func peerOf(c *net.UnixConn) (unix.Ucred, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return unix.Ucred{}, fmt.Errorf("read peer: %w", err)
	}
	var cred *unix.Ucred
	var cerr error
	err = raw.Control(func(fd uintptr) {
		cred, cerr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err := errors.Join(err, cerr); err != nil {
		return unix.Ucred{}, fmt.Errorf("read peer: %w", err)
	}
	return *cred, nil
}
