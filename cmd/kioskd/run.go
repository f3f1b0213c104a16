package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/device/reserve"
	"github.com/timepost/timepost/device/wifi"
	"github.com/timepost/timepost/device/wipe"
	"github.com/timepost/timepost/internal/lifecycle"
	"github.com/timepost/timepost/internal/problem"
)

// runCmd is kioskd run.
type runCmd struct {
	Data      string    `help:"Where this kiosk keeps its keys and its punches. Default: ${data}." default:"${data}" type:"path" placeholder:"DIR"`
	Socket    string    `help:"Where the touchscreen finds the daemon. Default: ${socket}." default:"${socket}" type:"path" placeholder:"PATH"`
	Group     string    `help:"A group whose members may use the socket besides root and ourselves." placeholder:"NAME"`
	Schedule  string    `help:"When to talk to central, as a cron expression such as '*/5 * * * *'. Default: as central says." placeholder:"CRON"`
	Mode      string    `help:"live keeps the connection and sends each punch at once, scheduled hangs up after each round. Default: as central says." placeholder:"MODE" enum:",live,scheduled" default:""`
	Provision []string  `help:"Where a provisioning file may lie that makes this machine a kiosk, as fleet provision writes them; it is removed after use. Default: ${default}." default:"/boot/firmware/timepost.toml,/boot/timepost.toml" placeholder:"FILE" type:"path"`
	CA        authority `help:"The certificate of an authority that may stand behind the server, for enrolling on the screen." placeholder:"FILE"`
	Metrics   string    `help:"Where to serve metrics for Prometheus on this machine: unix:PATH or 127.0.0.1:PORT. Off unless named." placeholder:"ADDR"`
	BootID    string    `help:"This boot's id, where a sandbox hides /proc/sys; systemd knows it as %b. Default: the kernel is asked." placeholder:"ID" name:"boot-id"`
	Bus       string    `help:"The message bus on which NetworkManager is asked for Wi-Fi. Default: the system's." placeholder:"ADDR" hidden:""`
	Inputs    string    `help:"A folder with dev and sys in place of the kernel's, to try out recordings of badge readers." placeholder:"DIR" hidden:""`
	logging
}

// Run is the daemon's life: keys and store first, the network last, and back.
func (c *runCmd) Run(ctx context.Context, con *console) error {
	log, err := c.logger(con.err)
	if err != nil {
		return err
	}
	log, lines := remembered(log.With("program", "kioskd"))
	network, addr, err := metricsAt(c.Metrics)
	if err != nil {
		return err
	}
	unlock, err := c.claim(log)
	if err != nil {
		return err
	}
	defer unlock()
	clocks, err := hw.OpenClocksOf(c.BootID)
	if err != nil {
		return err
	}
	group, err := groupID(c.Group)
	if err != nil {
		return err
	}
	dummy, bcrypt, err := measureHash(log)
	if err != nil {
		return err
	}
	f := newFace(clocks, wifi.New(wifi.Config{Address: c.Bus}))
	wake := make(chan struct{}, 1)
	screens := &audience{face: f}
	door := &enroller{cmd: c, face: f, wake: wake, log: log}
	server := local.NewServer(f, screens, door, log)
	server.Offer(f)
	if err := os.MkdirAll(filepath.Dir(c.Socket), 0o755); err != nil {
		return problem.New(problem.OutOfOrder, "The socket's folder can't be made.", "Check --socket "+c.Socket+".").Because(err)
	}
	if err := server.Listen(c.Socket, group); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	k := &kiosk{
		cmd: c, face: f, clocks: clocks, inputs: c.inputs(), dummy: dummy, bcrypt: bcrypt, screens: screens, wake: wake, stop: stop, started: time.Now(),
		log: log, lines: lines, ready: lifecycle.NewSignal(),
	}
	var g lifecycle.Group
	g.Add("kiosk", k)
	if network != "" {
		g.Add("metrics", &metricsServer{network, addr, k, log, lifecycle.NewSignal()})
	}
	g.Add("socket", server)
	g.Add("provisioning", &provisioner{
		paths: c.Provision, data: c.Data, enrol: door.Enrol, tell: f.provisioned, look: handInLook, now: time.Now, log: log,
	})
	c.lookAround(&g, f, log)
	err = g.Run(ctx)
	log.Info("stopped", "err", err)
	return errors.Join(err, closeQuietly(server))
}

// lookAround adds what keeps an eye on the machine, enrolled or not.
func (c *runCmd) lookAround(g *lifecycle.Group, f *face, log *slog.Logger) {
	g.AddFunc("reserve", reserve.New(reserve.Config{
		Path: filepath.Join(c.Data, "reserve"), Free: func() (int64, error) { return hw.DiskFree(c.Data) }, Tell: f.Cramp, Logger: log,
	}).Run)
	g.AddFunc("wireless", f.lookForWireless)
	g.Add("notify", &notifier{face: f, log: log})
}

// inputs is where badge readers are.
func (c *runCmd) inputs() hw.Inputs {
	if c.Inputs != "" {
		return hw.RecordedInputs(c.Inputs)
	}
	return hw.Inputs{}
}

// closeQuietly closes a socket that the group may never have served.
func closeQuietly(s *local.Server) error {
	if err := s.Close(); err != nil && !errors.Is(err, os.ErrClosed) && !isClosed(err) {
		return err
	}
	return nil
}

// claim makes the data folder where it is missing, locks it, and finishes a wipe.
func (c *runCmd) claim(log *slog.Logger) (unlock func(), err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, problem.New(problem.OutOfOrder, "The data folder can't be made.", "Check --data "+c.Data+".").Because(err)
	}
	if unlock, err = lockFolder(c.Data); err != nil {
		return nil, err
	}
	wiped, err := wipe.Finish(c.Data)
	if err != nil {
		unlock()
		return nil, err
	}
	if wiped {
		log.Warn("this machine has forgotten that it was a kiosk, as central told it to", "data", c.Data)
	}
	return unlock, nil
}

// lockFolder keeps a second kioskd from writing the same journal.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, problem.New(problem.OutOfOrder, "The data folder can't be written.", "Check --data "+dir+" and who owns it.").Because(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(problem.New(problem.Conflict, "Another kioskd uses this data folder.",
			"Stop it first, or choose another --data.").Because(err), f.Close())
	}
	return func() { _ = f.Close() }, nil // the lock goes with the file
}

func groupID(name string) (int, error) {
	if name == "" {
		return local.NoGroup, nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, problem.New(problem.NotFound, "There is no group "+name+".", "Choose another --group.").Because(err)
	}
	id, err := strconv.Atoi(g.Gid)
	if err != nil {
		return 0, problem.New(problem.Invalid, "The group "+name+" has no number.", "").Because(err)
	}
	return id, nil
}
