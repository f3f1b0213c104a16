package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

// When the way to the server is not as it should be.
const (
	certificateSoon = 14 * 24 * time.Hour
	clocksApart     = 5 * time.Second // what a Date header and a slow answer can't explain
	slowAnswer      = time.Second
)

// examineWay looks at the way to the server, and says whether there is one.
func examineWay(ctx context.Context, conf client.Config) ([]finding, bool) {
	r, err := client.Reach(ctx, conf)
	if err != nil {
		what := "network"
		if problem.Is(err, problem.Untrusted) {
			what = "certificate"
		}
		return []finding{badly(what, err)}, false
	}
	network := finding{stateFine, "network", fmt.Sprintf("%s answers after %s.", conf.Server, r.Took.Round(time.Millisecond)), ""}
	if r.Took > slowAnswer {
		network.State, network.Next = stateLook, "Look at the load of the server and at the line between."
	}
	left := time.Until(r.Certificate)
	certificate := finding{stateFine, "certificate", "Good until " + r.Certificate.Local().Format(time.DateOnly) + ".", ""}
	if left < certificateSoon {
		certificate.State, certificate.Next = stateLook, "Renew it before then: central makes its own anew by itself, others come from where you got them."
	}
	clock := finding{stateFine, "clock", "The server's clock and this machine's agree.", ""}
	if r.Ahead.Abs() > clocksApart {
		clock = finding{
			stateLook, "clock", fmt.Sprintf("The server's clock is %s this machine's.", apart(r.Ahead)),
			"One of the two is wrong: run timedatectl on both. Kiosks take their time from the server.",
		}
	}
	return []finding{network, certificate, clock}, true
}

func apart(ahead time.Duration) string {
	if ahead < 0 {
		return span(-ahead) + " behind"
	}
	return span(ahead) + " before"
}

// examineMail looks for mails that were given up. Who may not see them is told
// nothing.
func examineMail(ctx context.Context, api *client.Client) []finding {
	dead, err := api.Mails(ctx, "dead")
	switch {
	case problem.Is(err, problem.Forbidden):
		return nil
	case err != nil:
		return []finding{badly("mail", err)}
	case dead.Total > 0:
		return []finding{{
			stateLook, "mail", plural(dead.Total, "mail was", "mails were") + " given up.",
			"See why on the page Settings, Mail; send them again there once it is put right.",
		}}
	}
	return []finding{{stateFine, "mail", "No mail was given up.", ""}}
}

// examineKiosks looks at every kiosk, and sums up those that are well.
func examineKiosks(all []client.Kiosk) []finding {
	var out []finding
	well := 0
	for _, k := range worstFirst(all, time.Now()) {
		found := examineKiosk(k)
		if len(found) == 1 && found[0].State == stateFine {
			well++
			continue
		}
		out = append(out, found...)
	}
	if len(all) == 0 {
		return []finding{{stateLook, "kiosks", "There are none yet.", "Create one with: fleet kiosk create NAME"}}
	}
	return append(out, finding{stateFine, "kiosks", fmt.Sprintf("%d of %d are well.", well, len(all)), ""})
}

// examineKiosk says what is wrong with one kiosk, or that nothing is.
func examineKiosk(k client.Kiosk) []finding {
	if k.Status == "revoked" {
		return []finding{{stateFine, k.Name, "Revoked; nobody expects anything of it.", ""}}
	}
	if k.Status == "new" {
		return []finding{{stateLook, k.Name, "No machine has been enrolled as this kiosk.", "Get a code with: fleet kiosk code " + k.ID}}
	}
	var out []finding
	for _, p := range k.Problems {
		state := stateLook
		if p.Severity == "critical" {
			state = stateBad
		}
		out = append(out, finding{state, k.Name, p.Words, p.Next})
	}
	if k.People == 0 {
		out = append(out, finding{stateLook, k.Name, "Nobody can clock in there.", "Say who is on it with: fleet kiosk assign " + k.ID + " --everyone"})
	}
	if len(out) == 0 {
		out = append(out, finding{stateFine, k.Name, "Nothing is wrong with it.", ""})
	}
	return out
}
