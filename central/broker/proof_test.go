package broker_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"github.com/timepost/timepost/central/broker"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
	"github.com/timepost/timepost/sync/linktest/testca"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// The shipped rules hold, and each hole that is planted into them is found and
// named.
func TestProof(t *testing.T) {
	t.Parallel()
	kiosk := "timepost/v1/" + org + "/+/"
	holes := map[string]struct{ acl, conf, to, want string }{
		"none":                {},
		"reads all":           {acl: "pattern read #\n", want: "can read what is for others"},
		"reads other kiosks":  {acl: "pattern read " + kiosk + "down/+\n", want: "can read what is for others"},
		"reads what they say": {acl: "pattern read " + kiosk + "up/req\n", want: "can read what is for others"},
		"writes as others":    {acl: "pattern write " + kiosk + "up/records\n", want: "can write as another kiosk"},
		"writes to others":    {acl: "pattern write " + kiosk + "down/ack\n", want: "can write to another kiosk"},
		"writes to itself":    {acl: "pattern write timepost/v1/+/%u/down/push\n", want: "only central may write"},
		"takes names":         {conf: "use_username_as_clientid true", want: "can take the name of central"},
		"lets strangers in":   {conf: "allow_anonymous false\nrequire_certificate true\nuse_identity_as_username true", to: "allow_anonymous true", want: "without a certificate"},
	}
	for name, hole := range holes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ca := testca.New(t)
			b := mosquitto.StartAs(t, mosquitto.Identity{
				CA: testca.CertPEM(ca.Cert.Raw), Server: ca.Server(), Probe: ca.Client("probe"),
				ACL:  mosquitto.ACL(t, org, "central") + hole.acl,
				Edit: func(conf string) string { return swap(t, conf, hole.conf, hole.to) },
			})
			err := proof(t, ca, b.Addr).Prove(t.Context())
			if hole.want == "" && err != nil {
				t.Fatalf("the shipped rules: %v", err)
			}
			if hole.want != "" && (!errors.Is(err, broker.ErrHole) || !strings.Contains(err.Error(), hole.want)) {
				t.Errorf("got %v, want %q", err, hole.want)
			}
		})
	}
}

// swap replaces the lines of was, wherever they stand; the first becomes to.
func swap(t *testing.T, conf, was, to string) string {
	for _, line := range strings.Split(was, "\n") {
		if !strings.Contains(conf, line) {
			t.Errorf("nothing to replace: %s", line)
		}
		if line != "" {
			conf = strings.Replace(conf, line, to, 1)
			to = ""
		}
	}
	return conf
}

func proof(t *testing.T, ca *testca.CA, addr string) broker.Proof {
	return broker.Proof{
		Org: org, Central: "central", Kiosks: [2]string{"proof-" + strings.ToLower(rand.Text()), "proof-" + strings.ToLower(rand.Text())},
		As: func(holder, client string, filters ...string) (wire.Dialer, error) {
			var cert tls.Certificate
			if holder != "" {
				cert = ca.Client(holder)
			}
			return mqttlink.New(mqttlink.Config{
				Brokers: []string{"tls://" + addr}, ClientID: client, Filters: filters, Ordered: true, Logger: quiet(),
				DialTLS: trust.Config{
					Roots:       []*x509.Certificate{ca.Cert},
					Certificate: func() (*tls.Certificate, error) { return &cert, nil },
				}.Dial,
			})
		},
	}
}
