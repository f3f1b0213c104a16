package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

// loginCmd makes a token and remembers it.
type loginCmd struct {
	Email        string `help:"The address of your account." required:"" placeholder:"YOU@EXAMPLE.COM"`
	PasswordFile string `help:"Read the password from the first line of this file; - is standard input. Without it you are asked." placeholder:"FILE"`
	Name         string `help:"The token's name in the list of tokens; this machine's name where it is not given." placeholder:"NAME"`
	Scope        string `help:"What the token may do: all that your account may, read (change nothing), or punches (look at those only)." enum:"all,read,punches" default:"all"`
	Until        string `help:"The last day on which it is good, such as 2026-12-31; for ever where it is not given." placeholder:"DAY"`
}

// Help is shown by fleet login --help.
func (loginCmd) Help() string {
	return `The password is used once, to make a token for this machine. The token lies in
timepost/fleet.json in your settings folder, readable by you alone. A server
with an authority of its own, such as the demo's, needs --ca.

  fleet login --server https://localhost:8080 --ca ca.crt --email you@example.com`
}

// Run logs in.
func (l *loginCmd) Run(ctx context.Context, c *console, g *globals) error {
	server := trimServer(g.Server)
	if server == "" {
		return problem.New(problem.Invalid, "Which server?", "Give it: fleet login --server https://HOST:PORT --email "+l.Email)
	}
	path, err := profilePath()
	if err != nil {
		return err
	}
	api, err := client.New(client.Config{Server: server, CAFile: g.CA})
	if err != nil {
		return err
	}
	defer api.Close()
	password, err := l.password(c)
	if err != nil {
		return err
	}
	n := client.NewToken{Name: first(l.Name, machine()), Scope: l.Scope}
	if l.Until != "" {
		day, err := time.ParseInLocation(time.DateOnly, l.Until, time.Local)
		if err != nil {
			return problem.New(problem.Invalid, "“"+l.Until+"” is no day.", "Write it like 2026-12-31.").Because(err)
		}
		n.Expires = day.AddDate(0, 0, 1).Add(-time.Second)
	}
	token, err := api.CreateToken(ctx, l.Email, password, n)
	if err != nil {
		return err
	}
	if err := (profile{Server: server, CA: g.CA, Email: l.Email, Token: token.Token}).save(path); err != nil {
		return err
	}
	if g.JSON {
		return printJSON(c.out, map[string]string{"server": server, "email": l.Email, "profile": path})
	}
	fmt.Fprintf(c.out, "Logged in to %s as %s.\nThe token is in %s.\nNext: fleet people list, fleet kiosk list, fleet now\n", server, l.Email, path)
	return nil
}

func machine() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "fleet"
	}
	return "fleet on " + name
}

// password reads from the file, or asks without showing what is typed.
func (l *loginCmd) password(c *console) (string, error) {
	if l.PasswordFile == "-" {
		return firstLine(c.in)
	}
	if l.PasswordFile != "" {
		f, err := os.Open(l.PasswordFile)
		if err != nil {
			return "", problem.New(problem.NotFound, "The password file can't be read.", "Check --password-file.").Because(err)
		}
		p, err := firstLine(f)
		return p, errors.Join(err, f.Close())
	}
	tty, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(tty.Fd())) {
		return "", problem.New(problem.Invalid, "There is no terminal to ask for the password.", "Give it with --password-file FILE, or - for standard input.")
	}
	fmt.Fprintf(c.err, "Password for %s: ", l.Email)
	p, err := term.ReadPassword(int(tty.Fd()))
	fmt.Fprintln(c.err)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(p), nil
}

// firstLine reads one line of at most 4 KiB.
func firstLine(r io.Reader) (string, error) {
	text, err := bufio.NewReader(io.LimitReader(r, 4<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password: %w", err)
	}
	text = strings.TrimRight(text, "\r\n")
	if text == "" {
		return "", problem.New(problem.Invalid, "The password is empty.", "Write it on the first line.")
	}
	return text, nil
}
