package check

import (
	"regexp"
	"strings"
	"testing"
)

// TestContainerRecipe holds what the recipe promises in its first lines: what is run is
// made of nothing but what was built, by somebody without rights, from the Go and with
// the ports that the program has.
func TestContainerRecipe(t *testing.T) {
	t.Parallel()
	recipe := strings.ReplaceAll(read(t, "../container/Containerfile"), "\\\n", " ")
	stages := regexp.MustCompile(`(?m)^FROM `).Split(recipe, -1)
	if len(stages) != 3 {
		t.Fatalf("%d stages, want one that builds and one that runs", len(stages)-1)
	}
	build, runs := stages[1], stages[2]
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../../go.mod"))[1]
	if !strings.HasPrefix(build, "docker.io/library/golang:"+wanted+"-") {
		t.Errorf("it is built with another Go than go.mod's %s: %.50s", wanted, build)
	}
	for _, flag := range []string{"-trimpath", "-extldflags=-static", "-X main.version=${VERSION}", "./cmd/central"} {
		if !strings.Contains(build, flag) {
			t.Errorf("the program is built without %s", flag)
		}
	}
	if !strings.HasPrefix(runs, "scratch\n") {
		t.Errorf("it runs on something: %.40s", runs)
	}
	for line := range strings.Lines(recipe) {
		if strings.HasPrefix(line, "ADD ") || strings.HasPrefix(line, "RUN ") && regexp.MustCompile(`\b(curl|wget|apt-get)\b`).MatchString(line) {
			t.Errorf("it fetches what nobody has checked: %s", line)
		}
	}
	if strings.Contains(runs, "RUN ") {
		t.Error("the stage that runs has no shell to run anything")
	}
	if !regexp.MustCompile(`(?m)^USER [1-9]\d{3,}:[1-9]\d{3,}$`).MatchString(runs) {
		t.Error("it runs as root, or as a name that a cluster cannot tell from root")
	}
	if !strings.Contains(runs, "\nENTRYPOINT [\"/usr/bin/central\"]\n") {
		t.Error("it starts something else than central, or with a shell")
	}
	exposed := strings.Fields(regexp.MustCompile(`(?m)^EXPOSE (.*)$`).FindStringSubmatch(runs)[1])
	serve := read(t, "../../cmd/central/serve.go")
	ports := regexp.MustCompile("default:\":(\\d+)\"").FindAllStringSubmatch(serve, -1)
	if len(ports) != len(exposed) {
		t.Errorf("it exposes %v, and central has %d ports", exposed, len(ports))
	}
	for n, port := range ports {
		if n < len(exposed) && exposed[n] != port[1] {
			t.Errorf("port %s is exposed, central listens on %s", exposed[n], port[1])
		}
	}
}
