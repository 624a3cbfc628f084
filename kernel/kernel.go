package kernel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
	"github.com/athanor-ml/athanor/kernel/zsock"
)

// Config is what Run needs besides the executor; the zero value works.
type Config struct {
	HistoryFile string                 // cells are appended to it; empty: history lives in memory
	Comms       map[string]CommHandler // by target name
	HelpLinks   []wire.HelpLink        // for the front end's help menu
	ParentPID   int                    // end when this process is gone (JPY_PARENT_PID); 0: do not look
	// Listener, if not nil, may return a listener that is open already at a TCP port of the connection file, or nil.
	Listener func(port int) net.Listener
	// Listening is called once with the real ports, when the kernel can be talked to.
	Listening func(ConnectionFile)
	// Insist is how long after the first interrupt another one ends a cell by force, if the executor is a Killer: a double click does
	// not. 0 is 1 s.
	Insist time.Duration
	// Logf is told about dropped messages and odd peers. nil is silence.
	Logf func(format string, args ...any)
}

// Killer is an Executor whose running cell can be ended by force. The kernel calls Kill when a cell is interrupted again,
// Config.Insist or more after the first interrupt.
type Killer interface{ Kill() }

// kernel is one running kernel.
type kernel struct {
	cf    ConnectionFile
	cfg   Config
	exec  Executor
	codec *wire.Codec

	shell, control, stdin, iopub, hb *zsock.Socket

	cells   *queue
	side    *queue
	answers chan string // input_reply values
	history *history
	comms   comms
	count   int // execution count; only the cell goroutine changes it
	dropped atomic.Int64

	mu      sync.Mutex // held while a status is sent that depends on, or changes, what runs
	running *running   // nil when no cell runs

	after func(time.Duration) <-chan time.Time // time.After; tests put events in its place
	stop  context.CancelFunc                   // ends Run
}

// running is the cell being executed.
type running struct {
	request     *wire.Message
	cancel      context.CancelFunc
	interrupted time.Time // first interrupt; zero when none
}

// Run serves one kernel until a shutdown_request (nil), the end of ctx (nil) or an error before the channels are open. It
// closes ex.
func Run(ctx context.Context, cf ConnectionFile, ex Executor, cfg Config) error {
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	k := &kernel{
		cf: cf, cfg: cfg, exec: ex, codec: wire.NewCodec(cf.Key, "kernel"), after: time.After, stop: stop,
		cells: newQueue(), side: newQueue(), answers: make(chan string, 1),
	}
	k.comms.init(k, cfg.Comms)
	defer func() {
		if err := ex.Close(); err != nil {
			cfg.Logf("closing the executor: %v", err)
		}
	}()
	var err error
	if k.history, err = openHistory(cfg.HistoryFile); err != nil {
		cfg.Logf("history is kept in memory only: %v", err)
	}
	defer k.history.close()
	defer k.closeSockets()
	if err := k.open(); err != nil {
		return err
	}
	k.serve(ctx)
	return nil
}

// open opens the channels and announces them.
func (k *kernel) open() error {
	if err := k.cf.check(); err != nil {
		return err
	}
	given := k.cf
	o := zsock.Options{Logf: k.cfg.Logf}
	pub := o
	pub.OnSubscribe = k.welcome
	for _, c := range []struct {
		socket **zsock.Socket
		kind   zsock.Kind
		port   *int
		o      zsock.Options
	}{
		{&k.hb, zsock.Rep, &k.cf.HB, o},
		{&k.iopub, zsock.XPub, &k.cf.IOPub, pub},
		{&k.control, zsock.Router, &k.cf.Control, o},
		{&k.stdin, zsock.Router, &k.cf.Stdin, o},
		{&k.shell, zsock.Router, &k.cf.Shell, o},
	} {
		s, err := k.cf.listen(c.kind, c.port, c.o, k.cfg.Listener)
		if err != nil {
			return err
		}
		*c.socket = s
	}
	if k.cf != given && k.cf.path != "" {
		if err := k.cf.Write(k.cf.path); err != nil {
			return err
		}
	}
	k.publish("status", nil, wire.ExecutionState{State: "starting"})
	if k.cfg.Listening != nil {
		k.cfg.Listening(k.cf)
	}
	return nil
}

// serve runs the goroutines of the kernel until ctx ends.
func (k *kernel) serve(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { k.receive(ctx, k.shell, k.onShell) })
	wg.Go(func() { k.receive(ctx, k.control, k.onControl) })
	wg.Go(func() { k.receive(ctx, k.stdin, k.onStdin) })
	wg.Go(func() { k.runSide(ctx) })
	cells := make(chan struct{})
	go func() { defer close(cells); k.runCells(ctx) }()
	if k.cfg.ParentPID > 0 {
		wg.Go(func() { k.watchParent(ctx) })
	}
	<-ctx.Done()
	wg.Wait()
	select { // an executor that does not come back must not keep the process alive
	case <-cells:
	case <-time.After(time.Second):
	}
}

// watchParent ends the kernel when the process that started it is gone. With a program in between (a shell, a container's
// init) that process is not our parent, and is looked for by its id.
func (k *kernel) watchParent(ctx context.Context) {
	direct := os.Getppid() == k.cfg.ParentPID
	there := func() bool {
		if direct || runtime.GOOS == "windows" {
			return os.Getppid() == k.cfg.ParentPID || !direct
		}
		p, err := os.FindProcess(k.cfg.ParentPID)
		return err == nil && !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
	}
	for there() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
	k.cfg.Logf("the process %d that started the kernel is gone: shutting down", k.cfg.ParentPID)
	k.stop()
}

func (k *kernel) closeSockets() {
	for _, s := range []*zsock.Socket{k.shell, k.control, k.stdin, k.iopub, k.hb} {
		if s != nil {
			s.Flush(300 * time.Millisecond)
			s.Close()
		}
	}
}

// welcome tells a new subscriber that nothing more will be missed (JEP 65).
func (k *kernel) welcome(topic []byte, send func(frames ...[]byte)) {
	m, err := k.codec.New("iopub_welcome", nil, wire.Welcome{Subscription: string(topic)})
	if err != nil {
		return
	}
	m.Identities = [][]byte{topic}
	if frames, err := k.codec.Encode(m); err == nil {
		send(frames...)
	}
}

// publish sends a message on iopub, with the request that caused it as parent.
func (k *kernel) publish(msgType string, parent *wire.Message, content any) {
	m, err := k.codec.New(msgType, parent, content)
	if err != nil { // a MIME bundle with a value that is not JSON, such as NaN or a channel
		k.cfg.Logf("%v", err)
		m, _ = k.codec.New("stream", parent, wire.Stream{Name: "stderr", Text: fmt.Sprintf("cannot be shown: %v\n", err)})
	}
	k.send(k.iopub, m, []byte(msgType))
}

// reply answers a request on the channel it came by.
func (k *kernel) reply(s *zsock.Socket, request *wire.Message, msgType string, content any) {
	m, err := k.codec.Reply(msgType, request, content)
	if err != nil {
		k.cfg.Logf("%v", err)
		failure := wire.Status{Status: "error", Name: "EncodeError", Value: err.Error(), Traceback: []string{}}
		m, _ = k.codec.Reply(msgType, request, failure)
	}
	k.send(s, m)
}

// send encodes and queues a message; ids, when given, replace its identities.
func (k *kernel) send(s *zsock.Socket, m *wire.Message, ids ...[]byte) {
	if len(ids) > 0 {
		m.Identities = ids
	}
	frames, err := k.codec.Encode(m)
	if err == nil {
		err = s.Send(frames)
	}
	if err != nil {
		k.cfg.Logf("%s not sent: %v", m.Header.Type, err)
	}
}
