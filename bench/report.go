package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// row is one line of the report. Gate says what the ratio must reach, "" for a
// figure that is only reported.
type row struct {
	What     string
	Value    string
	Baseline string
	Ratio    float64 // 0: no ratio
	Gate     string  // for example "<= 2" or ">= 0.4"
	Pass     bool
}

// atMost makes a row whose ratio value/baseline must not be larger than limit.
func atMost(what string, value, baseline, limit float64, unit string) row {
	r := row{What: what, Value: quantity(value, unit), Baseline: quantity(baseline, unit), Ratio: value / baseline, Gate: fmt.Sprintf("<= %.3g", limit)}
	r.Pass = r.Ratio <= limit
	return r
}

// atLeast makes a row whose ratio value/baseline must not be smaller than limit.
func atLeast(what string, value, baseline, limit float64, unit string) row {
	r := row{What: what, Value: quantity(value, unit), Baseline: quantity(baseline, unit), Ratio: value / baseline, Gate: fmt.Sprintf(">= %.3g", limit)}
	r.Pass = r.Ratio >= limit
	return r
}

// figure makes a row that is only reported, as a share of baseline where that is
// not 0.
func figure(what string, value, baseline float64, unit string) row {
	r := row{What: what, Value: quantity(value, unit), Pass: true}
	if baseline > 0 {
		r.Baseline, r.Ratio = quantity(baseline, unit), value/baseline
	}
	return r
}

func quantity(v float64, unit string) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f %s", v, unit)
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.3g %s", v, unit)
}

// section is a table with a title and a sentence that says what was measured.
type section struct {
	Title string
	Note  string
	Rows  []row
}

func (s section) write(w io.Writer) {
	fmt.Fprintf(w, "## %s\n\n%s\n\n| what | measured | baseline | ratio | target | |\n|---|---|---|---|---|---|\n", s.Title, s.Note)
	for _, r := range s.Rows {
		ratio, mark := "", ""
		if r.Ratio > 0 {
			ratio = fmt.Sprintf("%.2f", r.Ratio)
		}
		if r.Gate != "" {
			mark = map[bool]string{true: "met", false: "**missed**"}[r.Pass]
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", r.What, r.Value, r.Baseline, ratio, r.Gate, mark)
	}
	fmt.Fprintln(w)
}

// machine names what the figures were measured on.
func machine() string {
	return fmt.Sprintf("%s, %d cores, %s, %s/%s, %s", cpuModel(), runtime.NumCPU(), osName(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func cpuModel() string { return field("/proc/cpuinfo", "model name", ":") }

func osName() string { return strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`) }

// field reads the value of the first line that begins with key.
func field(path, key, sep string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if k, v, ok := strings.Cut(sc.Text(), sep); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// report gives the text of a report: the sections measured now, and those of old,
// a report as this function made it, that were not. Each says when and on what it
// was measured.
func report(old string, measured []section, now time.Time) string {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\nWritten by `make bench`. Targets are ratios to a baseline measured in the same run: " +
		"absolute figures say more about the machine than about the program.\n\n")
	kept := strings.Split(old, "\n## ")[1:]
	for _, s := range measured {
		var one strings.Builder
		s.Note += fmt.Sprintf("\n\nMeasured %s on %s.", now.UTC().Format("2006-01-02 15:04 UTC"), machine())
		s.write(&one)
		text := strings.TrimPrefix(one.String(), "## ")
		i := slices.IndexFunc(kept, func(k string) bool { return strings.HasPrefix(k, s.Title+"\n") })
		if i < 0 {
			kept = append(kept, text)
			continue
		}
		kept[i] = text
	}
	for _, k := range kept {
		fmt.Fprintf(&b, "## %s\n\n", strings.TrimSpace(k))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// percentile gives the p-th percentile (0 to 1) of the durations, in seconds.
func percentile(d []time.Duration, p float64) float64 {
	s := slices.Clone(d)
	slices.Sort(s)
	return s[min(len(s)-1, int(p*float64(len(s))))].Seconds()
}
