package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/timepost/timepost/sync/linktest/relay"
)

// land is a few machines in networks of their own, as network namespaces, with a
// router between them on which weather is made. Nothing of it is seen outside.
type land struct {
	t      *testing.T
	name   string // of this land alone
	router string
}

// Addresses of the land; the router has .1 in each network.
const (
	kioskHost   = "10.9.1.2"
	centralHost = "10.9.2.2"
	brokerHost  = "10.9.3.2"
)

// newLand makes the networks, or skips the test where that is not allowed.
func newLand(t *testing.T) *land {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: kiosk, broker and central are put into network namespaces")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing; make installs it: %v", tool, err)
		}
	}
	seed := make([]byte, 4)
	if _, err := rand.Read(seed); err != nil {
		t.Fatal(err)
	}
	l := &land{t: t, name: "tp" + hex.EncodeToString(seed)}
	l.router = l.name + "w"
	if out, err := exec.Command("ip", "netns", "add", l.router).CombinedOutput(); err != nil {
		t.Skipf("needs network namespaces, which this machine does not give: %s", out)
	}
	l.ends(l.router)
	l.in(l.router, "ip", "link", "set", "lo", "up")
	l.in(l.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
	for letter, host := range map[string]string{"k": kioskHost, "c": centralHost, "b": brokerHost} {
		l.settle(letter, host)
	}
	return l
}

// settle makes a machine with one line to the router.
func (l *land) settle(letter, host string) {
	l.t.Helper()
	name, gate := l.name+letter, strings.TrimSuffix(host, "2")+"1"
	run(l.t, nil, "ip", "netns", "add", name)
	l.ends(name)
	run(l.t, nil, "ip", "link", "add", "up0", "netns", name, "type", "veth", "peer", "name", letter+"0", "netns", l.router)
	for _, line := range []string{"ip addr add " + gate + "/24 dev " + letter + "0", "ip link set " + letter + "0 up"} {
		l.in(l.router, strings.Fields(line)...)
	}
	for _, line := range []string{"ip link set lo up", "ip addr add " + host + "/24 dev up0", "ip link set up0 up", "ip route add default via " + gate} {
		l.in(name, strings.Fields(line)...)
	}
}

// ends removes a namespace with the test, when everything in it has ended.
func (l *land) ends(name string) {
	l.t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
			l.t.Errorf("namespace %s stays: %s", name, out)
		}
	})
}

// at gives what comes before a command to run it on a machine.
func (l *land) at(letter string) []string { return []string{"ip", "netns", "exec", l.name + letter} }

func (l *land) in(namespace string, argv ...string) string {
	l.t.Helper()
	return run(l.t, nil, append([]string{"ip", "netns", "exec", namespace}, argv...)...)
}

// weather puts rules on the router: forward is for what it passes on, turn for
// where connections from the kiosk are led. Empty: the sun shines.
func (l *land) weather(forward, turn string) {
	l.t.Helper()
	rules := fmt.Sprintf(`table ip timepost
delete table ip timepost
table ip timepost {
	chain pass { type filter hook forward priority 0; %s
	}
	chain turn { type nat hook prerouting priority -100; %s
	}
}
`, forward, turn)
	cmd := exec.Command("ip", "netns", "exec", l.router, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("nft: %v\n%s\n%s", err, out, rules)
	}
}

// inside runs f on a thread that is in a namespace. Sockets made there stay there.
func inside[T any](namespace string, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		var r result
		file, err := os.Open(filepath.Join("/run/netns", namespace))
		if err == nil {
			err = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
			_ = file.Close() // read only
		}
		if r.err = err; err == nil {
			r.value, r.err = f()
		}
		done <- r
	}()
	r := <-done
	return r.value, r.err
}

func (l *land) listen(letter, addr string) net.Listener {
	l.t.Helper()
	ln, err := inside(l.name+letter, func() (net.Listener, error) { return net.Listen("tcp4", addr) })
	if err != nil {
		l.t.Fatal(err)
	}
	return ln
}

// dialer gives what connects from one machine of the land to an address.
func (l *land) dialer(letter, addr string) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		return inside(l.name+letter, func() (net.Conn, error) { return net.Dial("tcp4", addr) })
	}
}

// window makes an address of the land reachable from the test, over no network.
func (l *land) window(letter, addr string) string {
	l.t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		l.t.Fatal(err)
	}
	return relay.StartOn(l.t, ln, l.dialer(letter, addr)).Addr()
}
