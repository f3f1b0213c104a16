package archtest

import (
	"fmt"
	"strings"
)

// customs says who may import what from outside the repository, and why there
// and nowhere else. A path covers all packages under it. Standard-library
// packages are listed only where they are kept behind a door.
//
// Tests lists packages whose tests may import it too; "*" is every test.
var customs = []struct {
	path   string
	doors  []string
	tests  []string
	reason string
}{
	// What one package wraps for all.
	{"github.com/mattn/go-sqlite3", []string{"store"}, nil, "pragmas are asserted on every connection, in one place"},
	{"github.com/eclipse/paho.mqtt.golang", []string{"sync/mqttlink"}, nil, "its rules of use are many; they are kept in one package"},
	{"github.com/nats-io", []string{"central/broker"}, nil, "the broker can be replaced by an outside one"},
	{"golang.org/x/crypto/bcrypt", []string{"attendance/pin"}, nil, "PINs are hashed and compared in one place"},
	{"filippo.io/age", []string{"central/backup"}, nil, "keys leave the machine under a passphrase only, in a form that other programs open"},
	{"golang.org/x/crypto/argon2", []string{"central/access"}, nil, "passwords are hashed in one place"},
	{"golang.org/x/crypto/acme", []string{"central/webcert"}, nil, "certificates for browsers are fetched in one place"},
	{"golang.org/x/net/dns/dnsmessage", nil, []string{"central/webcert"}, "the test's name server"},
	{"crypto/hpke", []string{"attendance/pin"}, nil, "PIN hashes are sealed and opened in one place"},
	{"github.com/robfig/cron/v3", []string{"sync/schedule"}, nil, "only its parser is used; the loop is ours"},
	{"github.com/BurntSushi/toml", []string{"internal/config"}, nil, "unknown keys are errors everywhere"},
	{"rsc.io/qr", []string{"central/admin", "ui"}, nil, "enrolment codes are shown to people"},
	{"github.com/go-webauthn/webauthn", []string{"central/access"}, nil, "passkeys are checked where passwords are"},
	{"github.com/wneessen/go-mail", []string{"central/post"}, nil, "mail is composed and sent in one place"},
	{"github.com/xuri/excelize/v2", []string{"central/sheet"}, nil, "cells that programs read as formulas are made harmless in one place"},
	{"github.com/godbus/dbus/v5", []string{"device/wifi", "device/wifi/wifitest"}, nil, "NetworkManager is asked in one place"},
	{"golang.org/x/sys/unix", []string{"device/hw", "device/local", "store", "cmd/*"}, []string{"e2e"}, "peer credentials, devices, file systems, process groups, networks of a test"},
	{"github.com/jackc/pgx/v5", []string{"store/centraldb"}, nil, "PostgreSQL is one of two engines behind one SQL text"},

	// The touchscreen.
	{"fyne.io/fyne/v2/app", []string{"cmd/kiosk"}, []string{"bench/*"}, "it brings GL and X11; screens are tested without"},
	{"fyne.io/fyne/v2", []string{"ui", "ui/*", "cmd/kiosk"}, []string{"bench", "bench/*"}, "the touchscreen; bench measures a bare window"},

	{"github.com/klauspost/compress", []string{"sync/wire"}, nil, "gzip at more than twice the standard library's speed, for the drain of a long outage"},

	// What programs wire.
	{"github.com/alecthomas/kong", []string{"cmd/*", "internal/command"}, nil, "the command line is the programs' own"},
	{"github.com/prometheus/client_golang", []string{"cmd/*"}, nil, "packages count; programs publish"},
	{"github.com/coreos/go-systemd/v22", []string{"cmd/*"}, nil, "the service manager is told by programs"},
	{"golang.org/x/term", []string{"cmd/*"}, nil, "secrets are typed without echo"},

	// Words and waiting.
	{"golang.org/x/text", []string{"central/*", "cmd/*", "ui"}, nil, "Latin-1 files, sorting as people read, plurals and capitals of each language"},
	{"golang.org/x/text/unicode/norm", []string{"attendance", "central/team"}, nil, "a name is found without its accents"},
	{"golang.org/x/sync", []string{"central/*", "device", "device/*", "sync/*", "cmd/*"}, []string{"*"}, "groups of goroutines that are waited for"},

	// Kept behind doors though they are standard.
	{"database/sql", []string{"store", "store/*"}, []string{"bench", "bench/*", "device"}, "SQL stays under the tables' floor; bench measures bare commits"},
	{"html/template", []string{"central/admin"}, nil, "pages are in one package"},
	{"encoding/csv", []string{"central/sheet", "central/team", "central/admin"}, []string{"*"}, "central/sheet writes, so that no cell is run as a formula; the others read"},
	{"os/exec", []string{"cmd/*"}, []string{"*"}, "only programs start programs"},
	{"unsafe", nil, nil, "nothing here needs it"},
	{"math/rand", nil, nil, "math/rand/v2 with a source that is an argument, or crypto/rand"},
	{"math/rand/v2", []string{"*"}, []string{"*"}, "chance is an argument"},
	{"net/http", []string{
		"internal/problem", "sync/httplink", "device/local", "central/client", "central/hook", "central/post",
		"central/broker", "central/devices", "central/api", "central/admin", "central/webcert", "cmd/*",
	}, []string{"*"}, "use cases know no HTTP; problem has its status codes"},

	// Tests only.
	{"github.com/google/go-cmp", nil, []string{"*"}, "differences that people can read"},
	{"pgregory.net/rapid", nil, []string{"*"}, "properties"},
	{"github.com/rogpeppe/go-internal", nil, []string{"*"}, "command scripts"},
	{"github.com/getkin/kin-openapi", nil, []string{"central/api"}, "answers are held to openapi.yaml"},
	{"github.com/chromedp", nil, []string{"cmd/*", "central/admin", "e2e"}, "pages in a real browser"},
}

var customsRules = []Rule{{"customs", checkCustoms}}

func checkCustoms(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, i := range f.Imports {
			if why := smuggles(f, i); why != "" {
				vs = append(vs, Violation{t.at(i.Pos), why})
			}
		}
	}
	return sorted(vs)
}

// smuggles says what is wrong with an import from outside, "" when nothing is.
// The longest path in the table decides.
func smuggles(f *File, i Import) string {
	if i.Own || i.Path == "C" {
		return ""
	}
	best := -1
	for n, c := range customs {
		covers := i.Path == c.path || strings.HasPrefix(i.Path, c.path+"/")
		if covers && (best < 0 || len(c.path) > len(customs[best].path)) {
			best = n
		}
	}
	if best < 0 {
		if first, _, _ := strings.Cut(i.Path, "/"); !strings.Contains(first, ".") {
			return "" // standard library
		}
		return fmt.Sprintf("imports %s, which is not in the customs table of internal/archtest", i.Path)
	}
	c := customs[best]
	forTests := f.Test || isTestPackage(f.Package)
	if allows(c.doors, f.Package) || forTests && allows(c.tests, f.Package) {
		return ""
	}
	return fmt.Sprintf("%s imports %s, whose doors are %v: %s", f.Package, i.Path, c.doors, c.reason)
}

func allows(list []string, pkg string) bool {
	return withinAny(pkg, list) || len(list) == 1 && list[0] == "*"
}
