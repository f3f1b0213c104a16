package vm

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Options say which machine starts.
type Options struct {
	Image string    // folder of root.img, vmlinuz and initrd, as scripts/guest makes it
	Disk  string    // this machine's own disk, a qcow2 over root.img; made if it is not there
	Host  string    // folder that the guest sees as /host, read-only: agent and programs
	Dir   string    // for the sockets and the console's log
	Date  time.Time // of the real-time clock at the start; zero: now
}

// Machine is a running guest. Cut or Off must be called.
type Machine struct {
	cmd    *exec.Cmd
	ended  chan error
	agent  net.Conn
	lines  *bufio.Scanner
	qmp    *qmp
	acks   string // socket of the port on which a program of a test may tell things
	orders int
}

// bootLimit bounds the start: about 30 s on two idle cores, more on busy ones.
const bootLimit = 5 * time.Minute

// Start boots a machine and returns when its agent answers.
func Start(ctx context.Context, o Options) (*Machine, error) {
	if _, err := os.Stat(o.Disk); errors.Is(err, os.ErrNotExist) {
		if err := overlay(ctx, filepath.Join(o.Image, "root.img"), o.Disk); err != nil {
			return nil, err
		}
	}
	for _, s := range []string{"agent", "acks", "qmp"} {
		if err := os.Remove(filepath.Join(o.Dir, s)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("remove socket: %w", err)
		}
	}
	m := &Machine{cmd: exec.CommandContext(ctx, "qemu-system-x86_64", o.args()...), ended: make(chan error, 1), acks: filepath.Join(o.Dir, "acks")}
	m.cmd.Stderr = os.Stderr
	if err := m.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start qemu: %w", err)
	}
	go func() { m.ended <- m.cmd.Wait() }()
	if err := m.meet(ctx, o.Dir); err != nil {
		return nil, errors.Join(fmt.Errorf("boot guest: %w", err), m.Cut())
	}
	return m, nil
}

func overlay(ctx context.Context, base, disk string) error {
	abs, err := filepath.Abs(base)
	if err != nil {
		return fmt.Errorf("find image: %w", err)
	}
	out, err := exec.CommandContext(ctx, "qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", abs, disk).CombinedOutput()
	if err != nil {
		return fmt.Errorf("make disk: %w: %s", err, out)
	}
	return nil
}

func (o Options) args() []string {
	date := "utc"
	if !o.Date.IsZero() {
		date = o.Date.UTC().Format("2006-01-02T15:04:05")
	}
	return []string{
		"-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536", "-nodefaults", "-no-user-config",
		"-machine", "pc,i8042=off", "-nic", "none", "-display", "none", "-vga", "none",
		"-kernel", filepath.Join(o.Image, "vmlinuz"), "-initrd", filepath.Join(o.Image, "initrd"),
		"-append", "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=0 mitigations=off",
		"-drive", "file=" + o.Disk + ",if=virtio,format=qcow2,cache=writeback",
		"-virtfs", "local,path=" + o.Host + ",mount_tag=host,security_model=none,readonly=on",
		"-serial", "file:" + filepath.Join(o.Dir, "console.log"),
		"-device", "virtio-serial", "-chardev", "socket,id=agent,path=" + filepath.Join(o.Dir, "agent") + ",server=on,wait=off",
		"-device", "virtserialport,chardev=agent,name=agent",
		"-chardev", "socket,id=acks,path=" + filepath.Join(o.Dir, "acks") + ",server=on,wait=off",
		"-device", "virtserialport,chardev=acks,name=acks",
		"-device", "qemu-xhci", "-device", "usb-kbd,id=reader",
		"-qmp", "unix:" + filepath.Join(o.Dir, "qmp") + ",server=on,wait=off",
		"-rtc", "base=" + date + ",clock=vm",
	}
}

// meet connects to QEMU and waits for the agent's first answer.
func (m *Machine) meet(ctx context.Context, dir string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	if m.agent, err = m.dial(ctx, filepath.Join(dir, "agent")); err != nil {
		return err
	}
	conn, err := m.dial(ctx, filepath.Join(dir, "qmp"))
	if err != nil {
		return err
	}
	if m.qmp, err = newQMP(conn); err != nil {
		return err
	}
	m.lines = bufio.NewScanner(m.agent)
	m.lines.Buffer(nil, 64<<20)
	_, err = m.Run(ctx, "true")
	return err
}

// dial waits for QEMU to make the socket.
func (m *Machine) dial(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "unix", path)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("reach qemu: %w", err)
		case err := <-m.ended:
			m.ended <- err
			return nil, fmt.Errorf("qemu ended: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Run runs a program in the guest, as root, and gives what it wrote. A program
// that fails is an error with that in it.
func (m *Machine) Run(ctx context.Context, argv ...string) (string, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(2 * time.Minute)
	}
	m.orders++
	o := struct {
		ID      int      `json:"id"`
		Argv    []string `json:"argv"`
		Seconds int      `json:"seconds"`
	}{m.orders, argv, max(1, int(time.Until(deadline).Seconds()))}
	if err := m.agent.SetDeadline(deadline.Add(5 * time.Second)); err != nil {
		return "", fmt.Errorf("order %s: %w", argv[0], err)
	}
	if err := json.NewEncoder(m.agent).Encode(o); err != nil {
		return "", fmt.Errorf("order %s: %w", argv[0], err)
	}
	for m.lines.Scan() {
		var a struct {
			ID   int    `json:"id"`
			Out  string `json:"out"`
			Code int    `json:"code"`
		}
		if err := json.Unmarshal(m.lines.Bytes(), &a); err != nil {
			return "", fmt.Errorf("read answer of %s: %w", argv[0], err)
		}
		if a.ID != m.orders {
			continue // of an order given up
		}
		if a.Code != 0 {
			return a.Out, fmt.Errorf("%v in the guest: exit %d: %s", argv, a.Code, a.Out)
		}
		return a.Out, nil
	}
	return "", fmt.Errorf("answer of %s: %w", argv[0], errors.Join(m.lines.Err(), errors.New("no answer")))
}

// Shell runs a line of shell in the guest.
func (m *Machine) Shell(ctx context.Context, line string) (string, error) {
	return m.Run(ctx, "/bin/sh", "-c", line)
}

// Cut takes the power away: the guest gets no chance to write anything more.
func (m *Machine) Cut() error {
	if err := m.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("cut power: %w", err)
	}
	<-m.ended
	return m.leave()
}

// Off shuts the guest down as its power button would.
func (m *Machine) Off(ctx context.Context) error {
	if err := m.qmp.do("system_powerdown", nil); err != nil {
		return errors.Join(err, m.Cut())
	}
	select {
	case <-m.ended:
		return m.leave()
	case <-ctx.Done():
		return errors.Join(ctx.Err(), m.Cut())
	}
}

func (m *Machine) leave() error {
	var errs []error
	if m.agent != nil {
		errs = append(errs, m.agent.Close())
	}
	if m.qmp != nil {
		errs = append(errs, m.qmp.conn.Close())
	}
	return errors.Join(errs...)
}
