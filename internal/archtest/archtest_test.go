package archtest_test

import (
	"os"
	"testing"

	"github.com/timepost/timepost/internal/archtest"
)

// TestRepository holds the repository to its rules.
func TestRepository(t *testing.T) {
	t.Parallel()
	tree, err := archtest.Parse(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) < 20 {
		t.Fatalf("only %d Go files found; is this the repository?", len(tree.Files))
	}
	for _, rule := range archtest.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			for _, v := range rule.Check(tree) {
				t.Error(v)
			}
		})
	}
}
