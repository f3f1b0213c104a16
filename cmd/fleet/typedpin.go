package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/timepost/timepost/internal/problem"
)

// typedPIN gives the PIN on the first line of standard input where file is -, and
// none otherwise.
func typedPIN(c *console, file string) (string, error) {
	if file != "-" {
		return "", nil
	}
	line, err := bufio.NewReader(io.LimitReader(c.in, 64)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read pin: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", problem.New(problem.Invalid, "There is no PIN on standard input.", "Write it on the first line.")
	}
	return line, nil
}
