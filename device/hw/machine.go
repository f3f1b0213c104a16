package hw

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// DiskFree gives how many bytes may still be written where path lies.
func DiskFree(path string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("read free space of %s: %w", path, err)
	}
	return int64(s.Bavail) * s.Bsize, nil
}

// Addresses gives the addresses under which others may reach this machine, those
// of version 4 first.
func Addresses() ([]string, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("read network addresses: %w", err)
	}
	return reachable(all), nil
}

// reachable leaves out what is good only on the machine itself or its cable.
func reachable(all []net.Addr) []string {
	var four, six []string
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		switch {
		case !ok || !n.IP.IsGlobalUnicast():
		case n.IP.To4() != nil:
			four = append(four, n.IP.String())
		default:
			six = append(six, n.IP.String())
		}
	}
	return append(four, six...)
}
