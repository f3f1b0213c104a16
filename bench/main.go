package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	out := flag.String("out", "docs/BENCHMARKS.md", "where the report goes")
	only := flag.String("only", "", "run one section: punch, drain or start")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *out, *only, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures every section and fails when a target is missed. A run of one
// section writes no report.
func run(ctx context.Context, out, only string, stdout io.Writer) error {
	all := []struct {
		name string
		do   func(context.Context) (section, error)
	}{{"punch", benchPunch}, {"drain", benchDrain}, {"start", benchStart}}
	var done []section
	var missed []string
	for _, b := range all {
		if only != "" && only != b.name {
			continue
		}
		s, err := b.do(ctx)
		if err != nil {
			return fmt.Errorf("measure %s: %w", b.name, err)
		}
		s.write(stdout)
		done = append(done, s)
		for _, r := range s.Rows {
			if !r.Pass {
				missed = append(missed, r.What)
			}
		}
	}
	if only == "" {
		var buf bytes.Buffer
		writeReport(&buf, done, time.Now())
		if err := os.WriteFile(out, buf.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("targets missed: %s", strings.Join(missed, ", "))
	}
	return nil
}
