package hw

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// zoneinfoDirs gives the folders that the standard library looks for zones in,
// in its order.
func zoneinfoDirs() []string {
	dirs := []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}
	if env := os.Getenv("ZONEINFO"); env != "" {
		dirs = append([]string{env}, dirs...)
	}
	return dirs
}

// tzdataVersion gives the version of the zone rules in force, such as "2025b":
// of the first folder that tells its own, else that they are the ones built into
// this program.
func tzdataVersion(dirs []string) string {
	for _, dir := range dirs {
		if v := readTZVersion(filepath.Join(dir, "tzdata.zi")); v != "" {
			return v
		}
	}
	return "embedded " + runtime.Version()
}

// readTZVersion reads the first line of a tzdata.zi: "# version 2025b".
func readTZVersion(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // nothing was written
	s := bufio.NewScanner(f)
	if !s.Scan() {
		return ""
	}
	v, ok := strings.CutPrefix(s.Text(), "# version ")
	if v = strings.TrimSpace(v); !ok || len(v) > 16 {
		return ""
	}
	return v
}
