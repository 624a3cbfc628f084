//go:build !noserver

package devserver

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"path/filepath"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
)

// Version is the version of the Temporal server in this binary.
const Version = headers.ServerVersion

const loopback = "127.0.0.1"

// Server is a running server. Stop ends it.
type Server struct {
	core temporal.Server
	ui   *uiserver.Server
}

// Start starts a server and returns when it answers, after about half a second. Only one process may have the database
// open: the caller holds a lock. A busy port is the caller's to find out beforehand, too: the UI ends the process over one.
func Start(o Options) (*Server, error) {
	o.Namespace = cmp.Or(o.Namespace, "default")
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	db, err := openDatabase(o)
	if err != nil {
		return nil, err
	}
	logger, err := fileLogger(filepath.Join(o.Dir, "server.log"))
	if err != nil {
		return nil, err
	}
	cfg, hosts, err := serverConfig(o, db)
	if err != nil {
		return nil, err
	}
	auth, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&cfg.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	core, err := temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(auth),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(tuned()),
	)
	if err != nil {
		return nil, fmt.Errorf("temporal server: %w", err)
	}
	if err := core.Start(); err != nil {
		return nil, fmt.Errorf("start temporal server on port %d: %w (more in %s)", o.Port, err, filepath.Join(o.Dir, "server.log"))
	}
	s := &Server{core: core}
	if o.UIPort != 0 {
		s.ui = startUI(o)
	}
	return s, nil
}

// Stop ends the UI and the server; workflows go on when the next server opens the database.
func (s *Server) Stop() {
	if s.ui != nil {
		s.ui.Stop()
	}
	_ = s.core.Stop() // reports only that it was stopped before
}

func startUI(o Options) *uiserver.Server {
	ui := uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host: loopback, Port: o.UIPort,
		TemporalGRPCAddress: address(o.Port),
		DefaultNamespace:    o.Namespace,
		EnableUI:            true,
		HideLogs:            true,
		DisableNewsFetch:    true,                                // no calls outside
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP on loopback
	}))
	go func() { _ = ui.Start() }() // returns nil when stopped
	return ui
}

// fileLogger logs errors to a file. A log of an earlier start that has grown past 8 MB is put aside as one .old file.
func fileLogger(path string) (log.Logger, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 8<<20 {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("temporal log: %w", err)
		}
	}
	return log.NewZapLogger(log.BuildZapLogger(log.Config{OutputFile: path, Level: "error"})), nil
}

func address(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }

// freePort is a port nobody listens on now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
