package local

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhoMayTalkHere(t *testing.T) {
	t.Parallel()
	with, without := &peers{uid: 990, group: 44}, &peers{uid: 990, group: NoGroup}
	for _, c := range []struct {
		name string
		p    *peers
		cred unix.Ucred
		want bool
	}{
		{"ourselves", with, unix.Ucred{Uid: 990, Gid: 990}, true},
		{"root", with, unix.Ucred{Uid: 0, Gid: 0}, true},
		{"the screen", with, unix.Ucred{Uid: 991, Gid: 44}, true},
		{"somebody", with, unix.Ucred{Uid: 1000, Gid: 1000}, false},
		{"the screen without a group", without, unix.Ucred{Uid: 991, Gid: 44}, false},
		{"the largest gid", without, unix.Ucred{Uid: 991, Gid: ^uint32(0)}, false},
	} {
		if got := c.p.allows(c.cred); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
