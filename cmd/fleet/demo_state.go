package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/timepost/timepost/internal/problem"
)

// demoState is what the demo remembers between runs. It holds PINs and a
// password, as only a demo may; the file is readable by its owner alone.
type demoState struct {
	path      string
	Email     string       `json:"owner_email"`
	Password  string       `json:"owner_password"`
	Token     string       `json:"api_token"`
	Kiosk     string       `json:"kiosk_id"`
	Spare     string       `json:"spare_kiosk_id"`
	Universal string       `json:"universal_pin"`
	People    []demoPerson `json:"people"`
	Enrolled  bool         `json:"enrolled"`
	Ports     [3]int       `json:"ports"` // web, device, mqtt
}

type demoPerson struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
	PIN  string `json:"pin"`
}

func loadDemoState(path string) (*demoState, error) {
	s := &demoState{path: path}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read demo state: %w", err)
	}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, problem.New(problem.Damaged, "The demo's data is damaged.", "Delete the data folder and begin again.").Because(err)
	}
	return s, nil
}

// save writes the state so that a crash leaves the old one or the new one.
func (s *demoState) save() error { return writeJSON(s.path, s) }

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	return writePrivate(path, append(b, '\n'))
}

// writePrivate replaces path atomically with a file only its owner can read.
func writePrivate(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", filepath.Base(path), err), os.Remove(tmp.Name()))
	}
	return nil
}

// lockFolder keeps two demos out of one folder. The lock ends with the process.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(problem.New(problem.Conflict, "A demo is running in this folder already.",
			"Stop it, or choose another folder with --data.").Because(err), f.Close())
	}
	return f, nil
}
