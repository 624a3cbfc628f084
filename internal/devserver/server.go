//go:build !noserver

package devserver

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/temporal"

	"github.com/athanor-ml/athanor/internal/ports"
)

// Version is the version of the Temporal server in this binary.
const Version = headers.ServerVersion

const loopback = "127.0.0.1"

// Server is a running server. Stop ends it.
type Server struct {
	core  temporal.Server
	ui    *uiserver.Server
	ports claims // of its inner services
}

// claims are ports that others keep away from.
type claims []io.Closer

func (c *claims) free() (int, error) {
	port, claim, err := ports.Free()
	if err == nil {
		*c = append(*c, claim)
	}
	return port, err
}

func (c *claims) close() {
	for _, claim := range *c {
		claim.Close()
	}
}

// Start starts a server and returns when it answers, after about half a second. Only one process may have the database
// open: the caller holds a lock. A busy port is the caller's to find out beforehand, too: the server ends the process over one, after
// it has said so on standard error.
func Start(o Options) (_ *Server, err error) {
	s := &Server{}
	defer func() {
		if err != nil {
			s.ports.close()
		}
	}()
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
	cfg, hosts, err := serverConfig(o, db, s.ports.free)
	if err != nil {
		return nil, err
	}
	auth, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	mapper, err := authorization.GetClaimMapperFromConfig(&cfg.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("temporal: %w", err)
	}
	s.core, err = temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(auth),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return mapper }),
		temporal.WithDynamicConfigClient(tuned()),
	)
	if err != nil {
		return nil, fmt.Errorf("temporal server: %w", err)
	}
	if err := s.core.Start(); err != nil {
		return nil, fmt.Errorf("start temporal server on port %d: %w (more in %s)", o.Port, err, filepath.Join(o.Dir, "server.log"))
	}
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
	s.ports.close()
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

func address(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }
