package check

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const version = "7.7.7"

// pack makes the packages from programs that are built already, which is what takes
// long, and gives their folder. What is packed is what scripts/deb packs.
func pack(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("packs 130 MB")
	}
	for _, tool := range []string{"dpkg-deb", "go", "git"} {
		needs(t, tool)
	}
	bin, err := filepath.Abs("../../bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "kiosk")); err != nil {
		t.Skip("the programs are not built: make build")
	}
	nfpm := ""
	for line := range strings.Lines(read(t, "../../Makefile")) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "NFPM" {
			nfpm = f[2]
		}
	}
	out := t.TempDir()
	c := exec.CommandContext(t.Context(), "../../scripts/deb")
	c.Env = append(os.Environ(), "OUT="+out, "PROGRAMS="+bin, "COMPRESSION=none", "VERSION="+version,
		"SOURCE_DATE_EPOCH=1700000000", "NFPM=go run "+nfpm)
	if told, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, told)
	}
	return out
}

// unpacked is a package as dpkg sees it.
type unpacked struct {
	name, control string // the control file
	folder        string // with the files, and DEBIAN
	files         []string
}

func unpack(t *testing.T, deb string) unpacked {
	t.Helper()
	name, _, _ := strings.Cut(filepath.Base(deb), "_")
	u := unpacked{name: name, folder: filepath.Join(t.TempDir(), name)}
	if told, ok := run(t, "dpkg-deb", "--raw-extract", deb, u.folder); !ok {
		t.Fatalf("%s: %s", deb, told)
	}
	u.control = read(t, filepath.Join(u.folder, "DEBIAN/control"))
	err := filepath.WalkDir(u.folder, func(path string, d os.DirEntry, err error) error {
		if d != nil && d.Name() == "DEBIAN" {
			return filepath.SkipDir
		}
		if err == nil && !d.IsDir() {
			u.files = append(u.files, strings.TrimPrefix(path, u.folder))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestPackages(t *testing.T) {
	t.Parallel()
	debs, err := filepath.Glob(filepath.Join(pack(t), "*.deb"))
	if err != nil || len(debs) != 5 {
		t.Fatalf("packages: %v, %v", debs, err)
	}
	owner := make(map[string]string)
	for _, deb := range debs {
		u := unpack(t, deb)
		if !strings.Contains(u.control, "\nVersion: "+version+"\n") || strings.Contains(u.control, "${") {
			t.Errorf("%s: its control file:\n%s", u.name, u.control)
		}
		for _, file := range u.files {
			if other, ok := owner[file]; ok {
				t.Errorf("%s is in %s and in %s", file, other, u.name)
			}
			owner[file] = u.name
		}
		settings(t, u)
		dates(t, deb)
		maintained(t, u)
		for _, file := range u.files {
			if strings.HasPrefix(file, "/usr/bin/") {
				linked(t, u, file)
			}
		}
		for _, each := range []string{"copyright", "changelog.gz", "licences.gz"} {
			if !slices.Contains(u.files, "/usr/share/doc/"+u.name+"/"+each) {
				t.Errorf("%s has no %s", u.name, each)
			}
		}
	}
	shipped(t, owner)
}

// settings: dpkg asks before it overwrites what an administrator has changed.
func settings(t *testing.T, u unpacked) {
	t.Helper()
	kept, err := os.ReadFile(filepath.Join(u.folder, "DEBIAN/conffiles"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, file := range u.files {
		if strings.HasPrefix(file, "/etc/") != slices.Contains(strings.Fields(string(kept)), file) {
			t.Errorf("%s: %s: settings are in /etc and are conffiles, nothing else is", u.name, file)
		}
	}
}

// dates: nothing in a package is younger than its source, else no two are the same.
func dates(t *testing.T, deb string) {
	t.Helper()
	list, ok := run(t, "dpkg-deb", "--contents", deb)
	for line := range strings.Lines(list) {
		if !ok || !strings.Contains(line, " 2023-11-14 ") || !strings.Contains(line, " root/root ") {
			t.Errorf("%s: another date than the source's, or owner than root: %s", filepath.Base(deb), line)
		}
	}
}

// maintained: the scripts are sh, and each unit that they name is in the package or
// one that is meant.
func maintained(t *testing.T, u unpacked) {
	t.Helper()
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		path := filepath.Join(u.folder, "DEBIAN", script)
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		if told, ok := run(t, "sh", "-n", path); !ok || err != nil {
			t.Errorf("%s: %s: %s %v", u.name, script, told, err)
		}
		for word := range strings.FieldsSeq(string(text)) {
			unit := strings.Trim(word, `;"'`)
			if !strings.HasPrefix(unit, "timepost-") || !strings.HasSuffix(unit, ".service") && !strings.HasSuffix(unit, ".timer") && !strings.HasSuffix(unit, ".path") {
				continue
			}
			near := unit == "timepost-kioskd.service" || unit == "timepost-kiosk-session.service"
			if !near && !slices.Contains(u.files, "/usr/lib/systemd/system/"+unit) {
				t.Errorf("%s: %s names %s, which is not in the package", u.name, script, unit)
			}
		}
	}
}

// linked: what the loader wants is what the package depends on.
func linked(t *testing.T, u unpacked, program string) {
	t.Helper()
	packages := map[string]string{
		"libc.so.6": "libc6", "libm.so.6": "libc6", "libdl.so.2": "libc6", "libpthread.so.0": "libc6", "libresolv.so.2": "libc6",
		"ld-linux-x86-64.so.2": "libc6", "ld-linux-aarch64.so.1": "libc6", "libGL.so.1": "libgl1", "libGLESv2.so.2": "libgles2",
		"libX11.so.6": "libx11-6", "libXrandr.so.2": "libxrandr2", "libXxf86vm.so.1": "libxxf86vm1", "libXi.so.6": "libxi6",
		"libXcursor.so.1": "libxcursor1", "libXinerama.so.1": "libxinerama1",
	}
	f, err := elf.Open(filepath.Join(u.folder, program))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	depends := ""
	for line := range strings.Lines(u.control) {
		if list, ok := strings.CutPrefix(line, "Depends: "); ok {
			depends = ", " + strings.TrimSpace(list) + ","
		}
	}
	for _, library := range libraries {
		p := packages[library]
		if p == "" || !strings.Contains(depends, ", "+p+",") && !strings.Contains(depends, ", "+p+" ") {
			t.Errorf("%s: %s needs %s, of %q, and the package depends on%s", u.name, program, library, p, depends)
		}
	}
	symbols, err := f.ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Library != "libc.so.6" && s.Library != "libm.so.6" {
			continue
		}
		if _, ok := run(t, "dpkg", "--compare-versions", strings.TrimPrefix(s.Version, "GLIBC_"), "le", "2.34"); !ok {
			t.Errorf("%s: %s needs %s of %s; the package says libc6 (>= 2.34)", u.name, s.Name, s.Version, s.Library)
		}
	}
}

// shipped: what lies in packaging for machines is in a package.
func shipped(t *testing.T, owner map[string]string) {
	t.Helper()
	var names []string
	for file := range owner {
		names = append(names, filepath.Base(file))
	}
	for _, pattern := range []string{"systemd/*.*", "mosquitto/*", "session/*.service", "polkit/*", "udev/*", "prometheus/*", "grafana/*", "systemd/*.d/*"} {
		paths, err := filepath.Glob("../" + pattern)
		if err != nil || len(paths) == 0 {
			t.Errorf("nothing is in packaging/%s: %v", pattern, err)
		}
		for _, path := range paths {
			name := filepath.Base(path)
			if stat, err := os.Stat(path); err != nil || stat.IsDir() || strings.HasSuffix(name, ".default") {
				continue
			}
			if !slices.Contains(names, name) {
				t.Errorf("packaging/%s is in no package", strings.TrimPrefix(path, "../"))
			}
		}
	}
}
