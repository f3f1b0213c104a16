// Package mosquitto runs a real mosquitto broker for a test, set up with the
// files that are shipped for production: mutual TLS 1.3, the certificate's common
// name as user name and client id, and an access list by which a kiosk writes
// only its own up/ and reads only its own down/. Imported by tests only.
package mosquitto

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timepost/timepost/sync/linktest/testca"
)

// Binary is where Debian puts the broker.
const Binary = "/usr/sbin/mosquitto"

// CentralUser is the common name under which central connects.
const CentralUser = "timepost-central"

// Broker is a running mosquitto. Not safe for concurrent use.
type Broker struct {
	CA   *testca.CA // nil with an authority of the caller's
	Addr string     // host:port, the same after a restart

	t    testing.TB
	as   Identity
	conf string
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan struct{}
}

// Identity is whom a broker trusts, who it says it is, and who may do what.
type Identity struct {
	CA     []byte          // PEM: who signed the clients' certificates and the server's
	Server tls.Certificate // for 127.0.0.1
	Probe  tls.Certificate // a client's, to see whether the broker answers
	ACL    string          // mosquitto's access list

	// CRL is the file of the list of revoked certificates, there at the start; "": the
	// broker is set up without one.
	CRL string

	// Edit makes an operator's mistake in the shipped configuration; nil: none.
	Edit func(conf string) string

	// A broker in another network than the test's: what comes before its command,
	// its address, and how the test gets to it. Empty: a free port on the loopback.
	Before []string
	Addr   string
	Dial   func(addr string) (net.Conn, error)
}

// Start starts a broker for the organisation, under an authority of its own,
// that stops with the test.
func Start(t testing.TB, org string) *Broker {
	t.Helper()
	ca := testca.New(t)
	b := StartAs(t, Identity{
		CA: testca.CertPEM(ca.Cert.Raw), Server: ca.Server(), Probe: ca.Client("probe"), ACL: ACL(t, org, CentralUser),
	})
	b.CA = ca
	return b
}

// StartAs starts a broker with the given identity that stops with the test. A
// machine without mosquitto fails the test: what is promised for it would go
// unchecked.
func StartAs(t testing.TB, as Identity) *Broker {
	t.Helper()
	if _, err := os.Stat(Binary); err != nil {
		t.Fatalf("mosquitto is missing (apt-get install mosquitto): %v", err)
	}
	b := &Broker{t: t, as: as}
	t.Cleanup(b.Kill)
	for range 5 { // a free port may be taken before the broker gets it
		if b.Addr = as.Addr; b.Addr == "" {
			b.Addr = freePort(t)
		}
		b.configure()
		if b.launch() {
			return b
		}
	}
	t.Fatalf("mosquitto does not start: %s", b.out)
	return nil
}

// Kill ends the broker at once, as kill -9 does.
func (b *Broker) Kill() {
	if b.cmd == nil {
		return
	}
	_ = b.cmd.Process.Kill() // an error means it has ended already
	<-b.done
	b.cmd = nil
}

// Restart starts the broker again at the same address.
func (b *Broker) Restart() {
	b.t.Helper()
	b.Kill()
	if !b.launch() {
		b.t.Fatalf("mosquitto does not start again: %s", b.out)
	}
}

// Become starts the broker again at the same address with another identity.
func (b *Broker) Become(as Identity) {
	b.t.Helper()
	b.Kill()
	b.as = as
	b.configure()
	if !b.launch() {
		b.t.Fatalf("mosquitto does not start again: %s", b.out)
	}
}

// configure writes everything the broker reads into a new folder.
func (b *Broker) configure() {
	b.t.Helper()
	dir := b.t.TempDir()
	for name, data := range map[string][]byte{
		"ca.pem": b.as.CA, "cert.pem": testca.CertPEM(b.as.Server.Certificate[0]),
		"key.pem": testca.KeyPEM(b.t, b.as.Server), "acl": []byte(b.as.ACL), "conf": []byte(b.configText(dir)),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.conf = filepath.Join(dir, "conf")
}

// ACL gives the shipped access list, held to one organisation whose server logs
// in as central.
func ACL(t testing.TB, org, central string) string {
	t.Helper()
	return strings.NewReplacer("timepost/v1/+/", "timepost/v1/"+org+"/", "user central\n", "user "+central+"\n").
		Replace(Shipped(t, "acl"))
}

// Shipped gives a file of packaging/mosquitto as operators get it.
func Shipped(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the module is not above the test")
		}
		dir = filepath.Dir(dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, "packaging", "mosquitto", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// configText is the shipped configuration with the test's folder and address.
func (b *Broker) configText(dir string) string {
	host, port, _ := net.SplitHostPort(b.Addr) // made by freePort
	s := strings.NewReplacer("/etc/mosquitto/timepost", dir, "listener 8883", "listener "+port+" "+host).
		Replace(b.list(Shipped(b.t, "timepost.conf"))) + "persistence false\nlog_dest stderr\n"
	if b.as.Edit != nil {
		s = b.as.Edit(s)
	}
	if os.Getuid() == 0 {
		s += "user root\n" // else it gives up root and can't read the test's folder
	}
	return s
}

// list names the file of the list of revoked certificates, or leaves it out.
func (b *Broker) list(conf string) string {
	b.t.Helper()
	const shipped = "crlfile /etc/mosquitto/timepost/crl.pem\n"
	if !strings.Contains(conf, shipped) {
		b.t.Fatal("timepost.conf names no list of revoked certificates")
	}
	if b.as.CRL == "" {
		return strings.Replace(conf, shipped, "", 1)
	}
	return strings.Replace(conf, shipped, "crlfile "+b.as.CRL+"\n", 1)
}

// Reload makes the broker read its certificates and lists again.
func (b *Broker) Reload() {
	b.t.Helper()
	if err := b.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		b.t.Fatal(err)
	}
}

// launch starts the process and waits until it takes TLS connections.
func (b *Broker) launch() bool {
	b.t.Helper()
	b.out = &bytes.Buffer{}
	argv := append(slices.Clone(b.as.Before), Binary, "-c", b.conf)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = b.out, b.out
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed, so this is always an error
		close(done)
	}()
	b.cmd, b.done = cmd, done
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for range 2000 {
		select {
		case <-done:
			return false
		case <-ticker.C:
		}
		if b.answers() {
			return true
		}
	}
	b.Kill()
	return false
}

func (b *Broker) answers() bool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(b.as.CA)
	dial := b.as.Dial
	if dial == nil {
		dial = func(addr string) (net.Conn, error) { return net.Dial("tcp", addr) }
	}
	raw, err := dial(b.Addr)
	if err != nil {
		return false
	}
	host, _, _ := net.SplitHostPort(b.Addr) // it has just been dialled
	conn := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: host, Certificates: []tls.Certificate{b.as.Probe}})
	return errors.Join(conn.Handshake(), conn.Close()) == nil
}

func freePort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
