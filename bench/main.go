package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"time"
)

func main() {
	out := flag.String("out", "docs/BENCHMARKS.md", "where the report goes")
	only := flag.String("only", "", "run one section: punch, cost, drain, recover, soak, keep, start, pages, fleet, storm or feel")
	profile := flag.String("cpuprofile", "", "write a CPU profile")
	crew := flag.String("crew", "", "be a part of the storm's fleet, with kiosks in this folder (used by the storm)")
	ca := flag.String("ca", "", "the fleet's authority, for -crew")
	flag.Parse()
	if *crew != "" {
		serveCrew(*crew, *ca)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := profiled(*profile, func() error { return run(ctx, *out, *only, os.Stdout) })
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled runs f under the CPU profiler where path names a file.
func profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(fmt.Errorf("profile: %w", err), file.Close())
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

// run measures every section, or only one, puts what it measured into the report
// and fails when a target is missed.
func run(ctx context.Context, out, only string, stdout io.Writer) error {
	all := []struct {
		name string
		do   func(context.Context) (section, error)
	}{{"punch", benchPunch}, {"cost", benchCost}, {"drain", benchDrain}, {"recover", benchRecover}, {"soak", benchSoak}, {"keep", benchKeep}, {"start", benchStart}, {"pages", benchPages}, {"fleet", benchFleet}, {"storm", benchStorm}, {"feel", benchFeel}}
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
		if s.Title == "" {
			continue // skipped, and said so
		}
		s.write(stdout)
		done = append(done, s)
		for _, r := range s.Rows {
			if !r.Pass {
				missed = append(missed, r.What)
			}
		}
	}
	old, err := os.ReadFile(out)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read report: %w", err)
	}
	if err := os.WriteFile(out, []byte(report(string(old), done, time.Now())), 0o644); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if len(missed) > 0 {
		return fmt.Errorf("targets missed: %s", strings.Join(missed, ", "))
	}
	return nil
}
