package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// provisioner makes a machine that is no kiosk yet one by a file on its card: as soon
// as there is one, and the network with it.
type provisioner struct {
	paths []string
	data  string
	enrol func(ctx context.Context, r local.EnrolRequest, step func(local.EnrolStep)) error
	tell  func(*local.Provisioning) // what is shown of it; nil: nothing
	look  time.Duration
	now   func() time.Time
	log   *slog.Logger
}

// Run looks for a file until this machine is a kiosk, or ctx ends.
func (p *provisioner) Run(ctx context.Context) error {
	var waiting patience
	var failed string // the file that can't work: only another one is tried
	for {
		id, err := enrol.Load(p.data)
		if !problem.Is(err, problem.NotFound) {
			if err == nil {
				p.clear(id)
			}
			<-ctx.Done() // who ends early ends the others
			return nil
		}
		file, err := enrol.FindProvision(p.paths)
		switch {
		case problem.Is(err, problem.NotFound):
			failed, waiting = "", patience{}
			p.tell(nil)
		case err != nil && file.Sum != failed:
			failed = file.Sum
			p.failed(file, err)
		case err == nil && file.Sum != failed && waiting.over(p.now()):
			if err = p.try(ctx, file); err != nil && final(err) {
				failed = file.Sum
			}
			waiting.took(p.now(), err)
		}
		if !pause(ctx, p.look) {
			return nil
		}
	}
}

// final says whether the same file will never work.
func final(err error) bool {
	switch problem.CodeOf(err) {
	case problem.NotFound, problem.Used, problem.Expired, problem.Invalid:
		return true
	}
	return false
}

func (p *provisioner) try(ctx context.Context, file enrol.Provision) error {
	p.log.Info("enrolling by provisioning file", "file", file.Path)
	if err := p.enrol(ctx, file.Request, func(local.EnrolStep) {}); err != nil && ctx.Err() == nil {
		return p.failed(file, err)
	}
	return nil
}

// failed logs and shows why the file has not worked.
func (p *provisioner) failed(file enrol.Provision, err error) error {
	d := problem.DetailsOf(err)
	p.log.Warn("provisioning file does not work", "file", file.Path, "err", err)
	p.tell(&local.Provisioning{File: file.Path, Code: string(d.Code), Message: d.Title, Hint: d.Hint})
	return err
}

// clear removes what is on the card for this server: this machine has become a kiosk
// of it, and the secret is of no more use here.
func (p *provisioner) clear(id *enrol.Identity) {
	p.tell(nil)
	for _, path := range p.paths {
		file, err := enrol.FindProvision([]string{path})
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil || !file.For(id) {
			p.log.Warn("provisioning file not used: this machine is a kiosk already", "file", path, "err", err)
			continue
		}
		if err := file.Wipe(); err != nil {
			_ = p.failed(file, err) // it is logged and shown; the next start tries again
			return
		}
		p.log.Info("provisioning file removed", "file", path)
	}
}
