package enrol_test

import (
	"strings"
	"testing"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestParseCode(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"7K3QX-M0R2T": code, "7k3qxm0r2t": code, " 7K3QX M0R2T ": code, "7K3QX\u2013MOR2T": code, "7-K-3-Q-X-m-o-r-2-t": code,
		"ILOilo0000": "1101100000",
		"":           "", "7K3QXM0R2": "", "7K3QXM0R2TT": "", "7K3QXM0R2U": "", "7K3QXM0R2€": "", "7K3QXM0R2ß": "", "7K3QXM0R2ı": "7K3QXM0R21",
	} {
		got, err := enrol.ParseCode(typed)
		if got != want || (want == "") != problem.Is(err, problem.Invalid) {
			t.Errorf("%q gives %q, %v; want %q", typed, got, err, want)
		}
	}
}

func TestParseRequest(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"timepost.example.com":                "timepost.example.com:443",
		" Timepost.Example.com ":              "timepost.example.com:443",
		"timepost.example.com:8080":           "timepost.example.com:8080",
		"https://timepost.example.com/":       "timepost.example.com:443",
		"HTTPS://10.0.0.7:9000":               "10.0.0.7:9000",
		"[::1]:9000":                          "[::1]:9000",
		"TIMEPOST://h:9/7K3QXM0R2T?ca=" + sum: "h:9",
		"timepost://h/7k3qx-m0r2t?ca=" + sum:  "h:8443",
		"":                                    "",
		"http://timepost.example.com":         "",
		"ftp://x":                             "",
		"https://u:p@x":                       "",
		"https://x/path":                      "",
		"x:0":                                 "",
		"x:99999":                             "",
		"x y":                                 "",
		"x_y":                                 "",
		"-x":                                  "",
		"timepost://h/7K3QXM0R2T":             "",
		"timepost://h/7K3QXM0R2T?ca=abcd":     "",
		"timepost://h/?ca=" + sum:             "",
		"timepost:///7K3QXM0R2T?ca=" + sum:    "",
	} {
		a, err := enrol.ParseRequest(local.EnrolRequest{Server: server, Code: code})
		if a.Host != want || (want == "") != problem.Is(err, problem.Invalid) {
			t.Errorf("%q gives %q, %v; want %q", server, a.Host, err, want)
		}
		if want != "" && (a.Code != code || a.Pinned != strings.HasPrefix(strings.ToLower(server), "timepost:")) {
			t.Errorf("%q gives %+v", server, a)
		}
	}
}

// FuzzParseRequest: whatever is typed, the result is a host, a port and a code
// that read the same again, or a refusal in words.
func FuzzParseRequest(f *testing.F) {
	f.Add("timepost.example.com:8443", "7K3QX-M0R2T")
	f.Add("timepost://h:1/7K3QXM0R2T?ca="+sum, "")
	f.Add("https://[::1%25eth0]:1", "oooooooooo")
	f.Fuzz(func(t *testing.T, server, typed string) {
		a, err := enrol.ParseRequest(local.EnrolRequest{Server: server, Code: typed})
		if err != nil {
			if p := problem.From(err); p.Code != problem.Invalid || p.Message == "" || p.Hint == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		again, err := enrol.ParseRequest(local.EnrolRequest{Server: a.Host, Code: a.Code})
		if err != nil || again.Host != a.Host || again.Code != a.Code || len(a.Code) != enrol.CodeLen {
			t.Fatalf("%+v reads as %+v, %v", a, again, err)
		}
	})
}
