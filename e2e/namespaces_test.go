package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/linktest/relay"
)

// patient says that there is time for everything: make networks.
func patient() bool { return os.Getenv("TIMEPOST_NETWORKS") != "" }

// faultTime is how long a fault of the network lasts.
func faultTime() time.Duration {
	if patient() {
		return time.Minute
	}
	return 2 * time.Second
}

// Ports of central in its own network.
const (
	webPort    = "8443"
	devicePort = "8444"
	mqttPort   = "8883"
)

// realm is an organisation in a land: central and a kiosk, each on a machine of
// its own.
type realm struct {
	*land
	c      *centre
	w      *clock
	person string
	n      int
}

// newRealm sets everything up. Over mosquitto, that has a machine too.
func newRealm(t *testing.T, overMosquitto bool) *realm {
	t.Helper()
	r := &realm{land: newLand(t)}
	dir := shortDir(t)
	c := &centre{dir: dir, data: filepath.Join(dir, "central"), web: r.window("c", centralHost+":"+webPort)}
	pass, token := mustWrite(t, filepath.Join(dir, "password"), "correct horse battery staple\n"), filepath.Join(dir, "token")
	run(t, nil, bin(t, "central"), "init", "--data", c.data, "--org", organisation, "--name", "Acme",
		"--zone", "Europe/Berlin", "--owner", "owner@acme.example", "--password-file", pass, "--token-file", token)
	text, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	c.token = strings.TrimSpace(string(text))
	c.args = append(r.at("c"), bin(t, "central"), "serve", "--data", c.data, "--hosts", centralHost+",127.0.0.1",
		"--web", centralHost+":"+webPort, "--device", centralHost+":"+devicePort, "--mqtt", centralHost+":"+mqttPort)
	if c.api, err = client.New(client.Config{Server: "https://" + c.web, Token: c.token, CAFile: c.ca()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.api.Close)
	if overMosquitto {
		r.mosquitto(t, c)
		c.args = append(c.args, "--broker", "tls://"+brokerHost+":"+mqttPort)
	}
	c.up(t)
	r.c, r.person = c, importPeople(t, c, 1)[0]
	r.w = r.kiosk(t, "Door")
	r.tap(t)
	awaitDrained(t, []*clock{r.w})
	return r
}

func (r *realm) mosquitto(t *testing.T, c *centre) {
	t.Helper()
	keys := c.keys(t)
	server, err := keys.IssueServer([]string{brokerHost}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mosquitto.StartAs(t, mosquitto.Identity{
		CA: keys.CAPEM(), Server: server, Probe: clientCert(t, keys, "probe"), ACL: mosquitto.Shipped(t, "acl"),
		Before: r.at("b"), Addr: brokerHost + ":" + mqttPort,
		Dial: func(addr string) (net.Conn, error) { return r.dialer("c", addr)() },
	})
}

// kiosk enrols a kiosk over the network and starts it on the kiosks' machine.
func (r *realm) kiosk(t *testing.T, name string) *clock {
	t.Helper()
	w, code := createdClock(t, r.c, name, false)
	run(t, nil, append(r.at("k"), bin(t, "kioskd"), "enrol", "--data", w.data(), code.URL)...)
	r.launch(t, w)
	return w
}

func (r *realm) launch(t *testing.T, w *clock) {
	t.Helper()
	w.proc = start(t, w.dir, "kioskd", nil, append(r.at("k"), bin(t, "kioskd"), "run", "--data", w.data(), "--socket", w.socket)...)
	eventually(t, 30*time.Second, "kioskd answers with a roster", func() bool {
		s, err := w.local.State(t.Context())
		return err == nil && s.Enrolled && s.People > 0
	})
}

// tap clocks the person in or out; that must always work.
func (r *realm) tap(t *testing.T) {
	t.Helper()
	if _, err := r.w.punch(t, r.person, fmt.Sprintf("0.%d", r.n)); err != nil {
		t.Fatal(err)
	}
	r.n++
}

// suffer makes punches while a fault lasts, ends it, and tells how long it took
// until all was acknowledged without anybody's doing. cut says that nothing may get
// through meanwhile.
func (r *realm) suffer(t *testing.T, fault string, cut bool, end func()) {
	t.Helper()
	r.sufferFor(t, fault, faultTime(), cut, end)
}

func (r *realm) sufferFor(t *testing.T, fault string, during time.Duration, cut bool, end func()) {
	t.Helper()
	for until := time.Now().Add(during); time.Now().Before(until); pass(t, during/20) {
		r.tap(t)
	}
	waited := r.w.state(t).Queue
	if cut && waited == 0 {
		t.Errorf("%s: punches got through; the test shows nothing", fault)
	}
	end()
	began := time.Now()
	eventually(t, 4*time.Minute, "everything is acknowledged after "+fault, func() bool { return r.w.state(t).Queue == 0 })
	healed := time.Since(began)
	r.tap(t)
	began = time.Now()
	eventually(t, time.Minute, "a punch goes through after "+fault, func() bool { return r.w.state(t).Queue == 0 })
	t.Logf("%s for %v: %d punches waited at its end, and were acknowledged %v later; the next within %v",
		fault, during, waited, healed.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

// whole makes sure that central has every punch once.
func (r *realm) whole(t *testing.T) {
	t.Helper()
	l := newTally()
	for i := range r.n {
		l.note(l.shown, fmt.Sprintf("0.%d", i))
	}
	awaitPunches(t, r.c, l)
	compare(t, r.c.punches(t), l)
	compareLogs(t, r.c, []*clock{r.w})
}

// TestNetworks: kiosk, broker and central on machines of their own, and each way
// in which the networks between them fail. Nothing is lost, and all of it heals
// without anybody's doing; how fast is reported.
func TestNetworks(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		name  string
		fault func(t *testing.T, r *realm)
		over  string // mosquitto, or the embedded broker
		long  bool   // only with make networks
	}{
		{"loss", loses, "", false}, {"partition", parts, "", false}, {"portal", isCaptive, "", false},
		{"mosquitto away from central", losesCentral, "mosquitto", false},
		{"latency", isSlow, "", true}, {"half-open", halfOpens, "", true}, {"portal and hand-in", isCaptiveForLong, "", true},
		{"mosquitto and partition", parts, "mosquitto", true}, {"mosquitto and half-open", halfOpens, "mosquitto", true},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			if f.long && !patient() {
				t.Skip("needs make networks: it takes minutes")
			}
			r := newRealm(t, f.over != "")
			f.fault(t, r)
			r.whole(t)
		})
	}
}

// loses drops every third packet, in both directions.
func loses(t *testing.T, r *realm) {
	r.weather("numgen random mod 100 < 30 drop", "")
	r.suffer(t, "30 % of the packets lost", false, func() { r.weather("", "") })
}

// isSlow is a line of 600 ms there and back, which also stalls.
func isSlow(t *testing.T, r *realm) {
	line := relay.StartOn(t, r.listen("w", "10.9.1.1:9999"), r.dialer("w", centralHost+":"+mqttPort))
	line.Delay(300 * time.Millisecond)
	r.weather("ip daddr "+centralHost+" tcp dport "+mqttPort+" reject", `iifname "k0" tcp dport `+mqttPort+` redirect to :9999`)
	r.suffer(t, "a line of 600 ms", false, func() {})
	line.Silence(true)
	r.suffer(t, "a line of 600 ms that stalls", true, func() { line.Silence(false) })
	r.weather("", "")
	line.Cut()
	r.suffer(t, "the end of that line", false, func() {})
}

// parts drops everything between the kiosk and the others without a word.
func parts(t *testing.T, r *realm) {
	r.weather(`iifname "k0" drop; oifname "k0" drop`, "")
	r.suffer(t, "a partition", true, func() { r.weather("", "") })
}

// halfOpens lets the present connection die without either end knowing, as a
// router does that was restarted; new ones work.
func halfOpens(t *testing.T, r *realm) {
	out := r.in(r.name+"k", "ss", "-Htn", "dport", "=", ":"+mqttPort)
	fields := strings.Fields(out)
	if len(fields) < 4 {
		t.Fatalf("no connection to the broker: %q", out)
	}
	_, port, err := net.SplitHostPort(fields[3])
	if err != nil {
		t.Fatal(err)
	}
	r.weather("tcp sport "+port+" drop; tcp dport "+port+" drop", "")
	// It heals while it lasts: there is no end to wait for.
	r.sufferFor(t, "a half-open connection", 2*time.Second, true, func() {})
	r.weather("", "")
}

// losesCentral parts central from the broker, while the kiosk is connected to it.
func losesCentral(t *testing.T, r *realm) {
	r.weather(`iifname "c0" drop; oifname "c0" drop`, "")
	r.suffer(t, "central away from the broker", true, func() { r.weather("", "") })
}

// isCaptive leads all connections to a page that says OK to everything: nothing
// may be taken for an answer of central.
func isCaptive(t *testing.T, r *realm) { r.captive(t) }

// isCaptiveForLong goes on with a kiosk that was revoked behind such a page.
func isCaptiveForLong(t *testing.T, r *realm) {
	second, captive := r.captive(t)
	r.handsInBehindIt(t, second, captive)
}

// captive gives the kiosk that was enrolled after the page was gone, and the rule
// that brings the page back.
func (r *realm) captive(t *testing.T) (*clock, string) {
	t.Helper()
	startPortal(t, r.listen("w", "10.9.1.1:9998"))
	captive := `iifname "k0" tcp dport 1-65535 redirect to :9998`
	second, code := createdClock(t, r.c, "Hall", false)
	enrol := append(r.at("k"), bin(t, "kioskd"), "enrol", "--data", second.data(), code.URL)
	r.weather(`iifname "k0" drop; oifname "k0" drop`, captive)
	if out, err := exec.Command(enrol[0], enrol[1:]...).CombinedOutput(); err == nil {
		t.Errorf("enrolled at a captive portal: %s", out)
	} else {
		t.Logf("enrolment at a captive portal says: %s", strings.TrimSpace(string(out)))
	}
	r.suffer(t, "a captive portal", true, func() { r.weather("", "") })
	run(t, nil, enrol...) // the code has not been used up
	r.launch(t, second)
	return second, captive
}

// handsInBehindIt revokes a kiosk that holds punches behind a portal that answers
// in the place of central's device listener.
func (r *realm) handsInBehindIt(t *testing.T, w *clock, captive string) {
	t.Helper()
	r.weather(`iifname "k0" drop; oifname "k0" drop`, captive)
	tap(t, w, r.person, "held back")
	if _, err := r.c.api.RevokeKiosk(t.Context(), w.id); err != nil {
		t.Fatal(err)
	}
	r.weather("", fmt.Sprintf(`iifname "k0" tcp dport %s redirect to :9998`, devicePort))
	facts := func() (f local.Condition) {
		var err error
		if f, err = w.local.Facts(t.Context()); err != nil {
			t.Fatal(err)
		}
		return f
	}
	eventually(t, 2*time.Minute, "the kiosk is refused", func() bool { return facts().Refused })
	eventually(t, time.Minute, "it tries to hand in", func() bool {
		return matches(w.proc.log, map[string]int{"not handed in": 1}) == "" || matches(w.proc.log, map[string]int{"certificate": 1}) == ""
	})
	if f := facts(); f.Queue == 0 || f.HandedIn != 0 {
		t.Errorf("a captive portal took what is for central: %+v", f)
	}
	r.weather("", "")
	began := time.Now()
	items := awaitReviews(t, r.c, 1)
	t.Logf("handed in %v after the portal was gone", time.Since(began).Round(time.Millisecond))
	if _, ok := items["held back"]; !ok {
		t.Errorf("under review: %+v", items)
	}
}
