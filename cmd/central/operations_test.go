package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOperationsPage runs docs/OPERATIONS.md: all its sh blocks as one script, in
// an empty folder. Only addresses differ, so that it runs beside other tests.
func TestOperationsPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllSubmatch(page, -1)
	if len(blocks) < 10 {
		t.Fatalf("%d blocks found", len(blocks))
	}
	ports := freePorts(t)
	script := []string{"set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"}
	for _, b := range blocks {
		script = append(script, strings.ReplaceAll(string(b[1]), "localhost:8080", "localhost:"+ports[0]))
	}
	dir := shortDir(t)
	bin := programs(t, ports)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-x", "-c", strings.Join(script, "\n"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+dir, "XDG_CONFIG_HOME="+dir+"/config",
		"TIMEPOST_DATA_KEY=", "CREDENTIALS_DIRECTORY=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, says := range []string{
		`[1-9]\d* of [1-9]\d* opened`, `[1-9]\d* new PINs are in`, "kiosk.create", "rows hold", "Checked   read again, whole", "is back in", "ok      records",
	} {
		if !regexp.MustCompile(says).Match(out) {
			t.Errorf("nothing says %q in\n%s", says, out)
		}
	}
}

// programs makes a folder with the programs; its central listens at ports.
func programs(t *testing.T, ports []string) string {
	t.Helper()
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", bin+"/", "../central", "../fleet", "../kioskd")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, text)
	}
	central := filepath.Join(bin, "central")
	if err := os.Rename(central, central+".real"); err != nil {
		t.Fatal(err)
	}
	wrapper := fmt.Sprintf(`#!/bin/sh
if [ "$1" = serve ]; then
  exec "$0.real" "$@" --web 127.0.0.1:%s --device 127.0.0.1:%s --mqtt 127.0.0.1:%s
fi
exec "$0.real" "$@"
`, ports[0], ports[1], ports[2])
	if err := os.WriteFile(central, []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin
}

func freePorts(t *testing.T) []string {
	t.Helper()
	var ports []string
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	return ports
}

// shortDir leaves room for the name of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
