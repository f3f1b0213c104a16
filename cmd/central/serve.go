package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type serveCmd struct {
	place
	Web     string   `default:":8080" placeholder:"ADDR" help:"host:port of the web pages and the REST API (HTTPS), ${default} unless named. Port 0 is a free one."`
	Device  string   `default:":8443" placeholder:"ADDR" help:"host:port where kiosks enrol (HTTPS), ${default} unless named."`
	MQTT    string   `name:"mqtt" default:":8883" placeholder:"ADDR" help:"host:port of the embedded MQTT broker (TLS), ${default} unless named."`
	Metrics string   `placeholder:"ADDR" help:"host:port for Prometheus: GET /metrics in plain HTTP, without a login, such as 127.0.0.1:9100. Off unless named."`
	Hosts   []string `default:"localhost,127.0.0.1" placeholder:"HOST" help:"Names and addresses this server is reached by; the first is what kiosks are told. ${default} unless named."`

	ClockWithin time.Duration `placeholder:"DURATION" help:"By how much this machine's clock can be wrong, such as 1s, where nothing tells the kernel: a virtual machine whose host keeps the time. Kiosks trust it to tell when each punch was. Unless named, the clock counts only while NTP keeps it."`

	WebCert       string   `group:"Certificate of the web pages:" type:"path" placeholder:"FILE" help:"PEM file of a chain that browsers believe, read anew when it changes; the fleet's own authority signs one unless named."`
	WebKey        string   `group:"Certificate of the web pages:" type:"path" placeholder:"FILE" help:"PEM file of its key."`
	ACME          []string `group:"Certificate of the web pages:" name:"acme" placeholder:"NAME" help:"Fetch certificates for these names from Let's Encrypt, whose terms you agree to, and renew them. Port 443 of each name must lead to --web."`
	ACMEEmail     string   `group:"Certificate of the web pages:" name:"acme-email" placeholder:"ADDRESS" help:"Where that authority writes to."`
	ACMEDirectory string   `group:"Certificate of the web pages:" name:"acme-directory" placeholder:"URL" help:"Of another authority that speaks ACME."`
	ACMECA        string   `group:"Certificate of the web pages:" name:"acme-ca" type:"path" placeholder:"FILE" help:"PEM file of the authority that signed that address's own certificate; the system's unless named."`

	Broker     []string `group:"Outside broker:" placeholder:"URL" help:"Use these brokers (tls://host:port) instead of the embedded one, or beside it: embedded names it. Kiosks use the first that works."`
	BrokerCA   string   `group:"Outside broker:" type:"path" placeholder:"FILE" help:"PEM file of the authority that signed the broker's certificate; the fleet's own unless named."`
	BrokerCert string   `group:"Outside broker:" type:"path" placeholder:"FILE" help:"PEM file of central's client certificate; one of the fleet's authority, named central, unless named."`
	BrokerKey  string   `group:"Outside broker:" type:"path" placeholder:"FILE" help:"PEM file of its key."`
	BrokerCRL  string   `group:"Outside broker:" name:"broker-crl" type:"path" placeholder:"FILE" help:"Where the list of revoked certificates is kept, for the broker to refuse them; DATA/crl.pem unless named."`

	Witness     string `group:"Outside witness:" type:"path" placeholder:"FILE" help:"Append each day a signed line to this file that says where all journals end; keep it on another machine, for central verify --witness."`
	WitnessMail bool   `group:"Outside witness:" help:"Mail that line to the owners each day."`

	Health healthFlags `embed:"" prefix:"health-" group:"When a kiosk needs somebody:"`

	LogFormat string `enum:"text,json" default:"text" help:"text or json."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`
}

// Help is shown by central serve --help.
func (serveCmd) Help() string {
	return `Serves until it is told to stop (Ctrl-C, SIGTERM), then ends within seconds. When everything listens it
writes DATA/run/addresses.json: {"web", "device", "mqtt", "ca_file"}.

  central serve --data /var/lib/timepost --hosts time.acme.example
  central serve --data DIR --web 127.0.0.1:0 --device 127.0.0.1:0 --mqtt 127.0.0.1:0`
}

// How central collects garbage: rarely while it is small, as Go does when it is
// large. What lives is about 10 MB and a page leaves up to one megabyte behind: with
// Go's own growth of 100 % one request in twenty waits for a collection, with this
// one in more than a hundred. From memorySoft on, collections come as they must.
// GOGC and GOMEMLIMIT override them.
const (
	heapGrowth = 1600    // percent of what lives
	memorySoft = 1 << 29 // bytes
)

// collectRarely puts them into force.
func collectRarely() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memorySoft)
	}
}

// Run serves until ctx ends.
func (c *serveCmd) Run(ctx context.Context, con *console) (err error) {
	collectRarely()
	log, err := c.logger(con.err)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if _, err := os.Lstat(c.database()); errors.Is(err, os.ErrNotExist) {
		return notSetUp(c.Data)
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	keys, err := c.openKeys()
	if err != nil {
		return err
	}
	db, err := centraldb.Open(ctx, c.database())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }() // last: everything else writes to it
	org, err := unlock(ctx, db, keys)
	if err != nil {
		return err
	}
	if settled, err := keys.Settle(); err != nil {
		return err
	} else if settled {
		log.Info("an interrupted key rotation was ended", "key", keys.Wrapping.From)
	}
	records, err := db.Records(ctx)
	if err != nil {
		return err
	}
	s, err := newServer(&server{cmd: c, org: org, keys: keys, db: db, records: records, log: log})
	if err != nil {
		return err
	}
	log.Info("starting", "org", org.ID, "data", c.Data)
	err = s.run(ctx)
	log.Info("stopped")
	return err
}

func (c *serveCmd) check() error {
	if c.ClockWithin < 0 || c.ClockWithin > time.Minute {
		return problem.New(problem.Invalid, "--clock-within is between 0 and 1m.", "A clock that is worse vouches for nothing: keep it with NTP.")
	}
	if _, err := c.Health.limits(); err != nil {
		return err
	}
	listen := []string{c.Web, c.Device, c.MQTT}
	if c.Metrics != "" {
		listen = append(listen, c.Metrics)
	}
	for _, a := range listen {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return problem.New(problem.Invalid, "“"+a+"” is not an address to listen on.", "Write host:port, or :port for all addresses.")
		}
	}
	var hosts []string
	for _, h := range c.Hosts {
		if h = strings.TrimSpace(h); h != "" {
			hosts = append(hosts, h)
		}
	}
	if c.Hosts = hosts; len(hosts) == 0 {
		return problem.New(problem.Invalid, "The server needs a name or address it is reached by.", "Add --hosts time.example.com")
	}
	if err := c.checkWebCert(); err != nil {
		return err
	}
	if (c.BrokerCert == "") != (c.BrokerKey == "") {
		return problem.New(problem.Invalid, "A certificate and its key go together.", "Give both --broker-cert and --broker-key, or neither.")
	}
	return nil
}

func (c *serveCmd) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("read log level: %w", err)
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}
