package hw

import (
	"net"
	"path/filepath"
	"slices"
	"testing"
)

func TestAddressesOthersCanUse(t *testing.T) {
	t.Parallel()
	var all []net.Addr
	for _, s := range []string{"127.0.0.1/8", "::1/128", "fe80::1/64", "2001:db8::7/64", "169.254.3.4/16", "10.0.0.7/24", "192.168.1.2/24"} {
		ip, n, err := net.ParseCIDR(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &net.IPNet{IP: ip, Mask: n.Mask})
	}
	want := []string{"10.0.0.7", "192.168.1.2", "2001:db8::7"}
	if got := reachable(append(all, &net.UnixAddr{Name: "/run/x"})); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if _, err := Addresses(); err != nil {
		t.Error(err)
	}
}

func TestDiskFree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if n, err := DiskFree(dir); err != nil || n <= 0 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := DiskFree(filepath.Join(dir, "none")); err == nil {
		t.Error("the space of nothing is known")
	}
}
