package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// The files of a folder of provisioning files.
const (
	cardFile     = "timepost.toml"
	manifestFile = "manifest.json"
	cardHead     = "# Timepost provisioning file"
)

// cardMade is one entry of the manifest: a kiosk and its file. It holds no secret.
type cardMade struct {
	Name    string    `json:"name"`
	Kiosk   string    `json:"kiosk"`
	File    string    `json:"file"` // relative to the folder
	Expires time.Time `json:"expires_at"`
}

// writeCard writes a provisioning file, readable by its owner alone, whole or not at
// all. One that somebody else has put there is left alone: problem.Conflict.
func writeCard(path, what, url string) error {
	if b, err := os.ReadFile(path); err == nil && !strings.HasPrefix(string(b), cardHead) {
		return problem.New(problem.Conflict, path+" was not made by fleet provision.", "Move it away, or name another --out.")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return notWritten(path, err)
	}
	text := fmt.Sprintf("%s: %s.\n# Put it on the boot partition of the card as %s. It is a secret, and removed after use.\nenrol = %q\n", cardHead, what, cardFile, url)
	return replaceFile(path, []byte(text))
}

func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return notWritten(path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return notWritten(path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

func notWritten(path string, err error) error {
	return problem.New(problem.OutOfOrder, path+" can't be written.", "Check the folder and the free space; then run the same command again.").Because(err)
}

// readManifest reads what an earlier run has made, by name.
func readManifest(dir string) (map[string]cardMade, error) {
	out := map[string]cardMade{}
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, badManifest(dir, err)
	}
	var list []cardMade
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, badManifest(dir, err)
	}
	for _, c := range list {
		if c.Name == "" || c.Kiosk == "" || !filepath.IsLocal(c.File) {
			return nil, badManifest(dir, fmt.Errorf("kiosk %q: %w", c.Name, fs.ErrInvalid))
		}
		out[c.Name] = c
	}
	return out, nil
}

func badManifest(dir string, err error) error {
	return problem.New(problem.Invalid, filepath.Join(dir, manifestFile)+" can't be read.", "Name another --out, or move that folder away.").Because(err)
}

func writeManifest(dir string, cards map[string]cardMade) error {
	list := slices.SortedFunc(maps.Values(cards), func(a, b cardMade) int { return strings.Compare(a.File, b.File) })
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	return replaceFile(filepath.Join(dir, manifestFile), append(b, '\n'))
}

// folderOf gives the folder of a kiosk's file: its name as far as every file system
// takes it.
func folderOf(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, strings.Trim(name, ". "))
	if safe == "" {
		return "kiosk"
	}
	return safe
}
