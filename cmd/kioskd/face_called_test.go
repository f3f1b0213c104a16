package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/timepost/timepost/device/local"
)

// What is shown goes by itself, unless something newer has taken its place.
func TestShownForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFace(nil, nil)
		sees := func(notice, identify string) {
			t.Helper()
			synctest.Wait()
			if s := f.dressed(local.State{}); s.Notice != notice || s.Identify != identify {
				t.Errorf("notice %q, identify %q; want %q, %q", s.Notice, s.Identify, notice, identify)
			}
		}
		f.Notice("one", time.Minute)
		f.StandOut("1.1", standOutFor)
		sees("one", "1.1")
		time.Sleep(standOutFor)
		sees("one", "")
		f.Notice("two", 5*time.Minute)
		time.Sleep(time.Minute)
		sees("two", "")
		time.Sleep(4 * time.Minute)
		sees("", "")
		f.Notice("three", time.Minute)
		f.Notice("", 0)
		sees("", "")
		f.Notice("three", time.Minute) // the same words again: their time begins anew
		time.Sleep(30 * time.Second)
		f.Notice("three", time.Minute)
		time.Sleep(45 * time.Second)
		sees("three", "")
		time.Sleep(time.Minute)
		sees("", "")
	})
}
