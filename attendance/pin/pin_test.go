package pin_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
)

func must(t testing.TB, s string) pin.PIN {
	t.Helper()
	p, err := pin.Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return p
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0000", "1234", "00000001", "123456"} {
		p := must(t, s)
		if p.Reveal() != s || p.Len() != len(s) || p.IsZero() || !p.Equal(must(t, s)) || p != must(t, s) {
			t.Errorf("Parse(%q) is not itself", s)
		}
	}
	for _, s := range []string{"", "123", "123456789", "12a4", " 1234", "1234 ", "12\x003", "１２３４", "-123", "+123", "1.23"} {
		if p, err := pin.Parse(s); !problem.Is(err, problem.Invalid) || !p.IsZero() {
			t.Errorf("Parse(%q) = %v, %v", s, p.Len(), err)
		}
	}
	var none pin.PIN
	if !none.IsZero() || none.Reveal() != "" || none.Len() != 0 || none.Equal(must(t, "0000")) {
		t.Error("no PIN is not none")
	}
	if must(t, "1234").Equal(must(t, "12345")) || must(t, "0123").Equal(must(t, "1230")) {
		t.Error("different PINs are equal")
	}
	if !cmp.Equal(must(t, "1234"), must(t, "1234")) || cmp.Equal(must(t, "1234"), must(t, "4321")) {
		t.Error("cmp does not compare by Equal")
	}
}

// canary is a PIN whose digits appear nowhere else.
const canary = "90718263"

// holder is how a PIN travels: exported and not, by value and by pointer.
type holder struct {
	Name    string
	Public  pin.PIN
	private pin.PIN
	Pointer *pin.PIN
	hidden  *pin.PIN
	List    []pin.PIN
	byPIN   map[pin.PIN]bool
	any     any
	inner   struct{ p pin.PIN }
}

func held(t testing.TB) holder {
	t.Helper()
	p := must(t, canary)
	h := holder{Name: "x", Public: p, private: p, Pointer: &p, hidden: &p, List: []pin.PIN{p}, byPIN: map[pin.PIN]bool{p: true}, any: p}
	h.inner.p = p
	return h
}

func TestPINNeverShows(t *testing.T) {
	t.Parallel()
	p, h := must(t, canary), held(t)
	values := map[string]any{
		"pin": p, "pointer": &p, "struct": h, "struct pointer": &h, "slice": []pin.PIN{p}, "array": [1]pin.PIN{p},
		"map": map[string]pin.PIN{"p": p}, "key": map[pin.PIN]int{p: 1}, "slice of structs": []holder{h},
		"error": fmt.Errorf("refuse %v: %w", p, errors.New("cause")), "joined": errors.Join(fmt.Errorf("%s", p), fmt.Errorf("%+v", h)),
		"problem": problem.New(problem.Conflict, "no", "").With("pin", p).Because(fmt.Errorf("%d", p)),
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%e", "%10.3v", "%T", "%p", "%!"} {
			reject(t, name+" "+verb, fmt.Sprintf(verb, v))
		}
		reject(t, name+" Sprint", fmt.Sprint(v, v))
		if out, err := json.Marshal(v); err == nil {
			reject(t, name+" JSON", string(out))
		}
		if out, err := xml.Marshal(v); err == nil {
			reject(t, name+" XML", string(out))
		}
		for _, out := range logged(v) {
			reject(t, name+" log", out)
		}
	}
	if got := fmt.Sprintf("%v %s %#v %d %s", p, p, p, p, p.GoString()); got != "[pin] [pin] [pin] [pin] [pin]" {
		t.Errorf("printed %q", got)
	}
	if out, err := json.Marshal(map[string]any{"p": p}); err != nil || string(out) != `{"p":"[pin]"}` {
		t.Errorf("JSON %s, %v", out, err)
	}
}

func logged(v any) []string {
	var text, js bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&js, nil)} {
		l := slog.New(h)
		l.Info("event", "value", v, slog.Group("group", slog.Any("value", v)))
		l.With("value", v).Info("event")
	}
	return []string{text.String(), js.String()}
}

func reject(t *testing.T, where, out string) {
	t.Helper()
	if strings.Contains(out, canary) || strings.Contains(out, fmt.Sprintf("%x", canary)) || strings.Contains(out, fmt.Sprintf("%X", canary)) {
		t.Errorf("%s shows the PIN: %s", where, out)
	}
}

// Rejection sampling, byte by byte: a draw of 14 bits above 9999 is thrown away
// rather than wrapped, which would favour the low numbers.
func TestGenerateRejects(t *testing.T) {
	t.Parallel()
	random := bytes.NewReader([]byte{
		0xff, 0xff, // 16383: out of range
		0x27, 0x0f, // 9999: one digit repeated
		0x27, 0x10, // 10000: out of range
		0x04, 0xd2, // 1234: taken
		0x00, 0x2a, // 42
	})
	p, err := pin.Generate(random, 4, pin.Space(4), func(p pin.PIN) bool { return p.Reveal() == "1234" })
	if err != nil || p.Reveal() != "0042" {
		t.Errorf("Generate gives %q, %v", p.Reveal(), err)
	}
}

// Every block of a hundred PINs comes up as often as any other: chi-square with
// 99 degrees of freedom stays below 148.2 (99.9 %) under a fixed seed.
func TestGenerateIsUniform(t *testing.T) {
	t.Parallel()
	const draws = 40000
	random := rand.NewChaCha8([32]byte{1, 2, 3})
	var count [100]int
	for range draws {
		p, err := pin.Generate(random, 4, pin.Space(4), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := pin.CheckRepeated(p); err != nil {
			t.Fatal("a repeated digit was generated")
		}
		d := p.Reveal()
		count[int(d[0]-'0')*10+int(d[1]-'0')]++
	}
	chi := 0.0
	for i, n := range count {
		want := float64(draws) * 100 / 9990
		if i%11 == 0 { // 00xx, 11xx, ...: one of the hundred is not allowed
			want = float64(draws) * 99 / 9990
		}
		chi += (float64(n) - want) * (float64(n) - want) / want
	}
	if chi > 148.2 {
		t.Errorf("chi-square %.1f", chi)
	}
}

func TestGenerateGivesUpClearly(t *testing.T) {
	t.Parallel()
	seeded := func() io.Reader { return rand.NewChaCha8([32]byte{4}) }
	for _, n := range []int{pin.MinLen, 6, pin.MaxLen} {
		if p, err := pin.Generate(seeded(), n, pin.Space(n), nil); err != nil || p.Len() != n {
			t.Errorf("%d digits: %d, %v", n, p.Len(), err)
		}
	}
	if _, err := pin.Generate(seeded(), 4, 5000, nil); err != nil {
		t.Errorf("half the space free: %v", err)
	}
	if _, err := pin.Generate(seeded(), 4, 4999, nil); !problem.Is(err, problem.Conflict) {
		t.Errorf("under half the space free: %v", err)
	}
	if _, err := pin.Generate(seeded(), 4, 10000, func(pin.PIN) bool { return true }); !problem.Is(err, problem.Conflict) {
		t.Errorf("everything taken: %v", err)
	}
	for _, n := range []int{-1, 0, 3, 9} {
		if _, err := pin.Generate(seeded(), n, 1<<40, nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("%d digits: %v", n, err)
		}
	}
	if _, err := pin.Generate(strings.NewReader("x"), 4, 10000, nil); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("no randomness: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "1234", "12345678", "123456789", "１２３４", "12\n4", "0000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := pin.Parse(s)
		digits := len(s) >= 4 && len(s) <= 8 && strings.Trim(s, "0123456789") == ""
		if (err == nil) != digits || err == nil && p.Reveal() != s {
			t.Fatalf("Parse(%q): %v", s, err)
		}
		if len(s) >= 4 && err == nil && strings.Contains(fmt.Sprintf("%#v %+v", p, struct{ p pin.PIN }{p}), s+" ") {
			t.Fatalf("%q shows", s)
		}
	})
}
