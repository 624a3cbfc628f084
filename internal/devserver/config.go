//go:build !noserver

package devserver

import (
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const clusterName = "active"

// serverConfig is a cluster of one host, each of its services on a loopback port of its own from free.
func serverConfig(o Options, db *config.SQL, free func() (int, error)) (*config.Config, map[primitives.ServiceName]static.Hosts, error) {
	httpPort, err := free()
	if err != nil {
		return nil, nil, err
	}
	cfg := &config.Config{Services: map[string]config.Service{}}
	cfg.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback}
	cfg.Persistence = config.Persistence{
		DefaultStore:     "main",
		VisibilityStore:  "visibility",
		NumHistoryShards: 1,
		DataStores:       map[string]config.DataStore{"main": {SQL: db}, "visibility": {SQL: db}},
	}
	cfg.ClusterMetadata = &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
			Enabled: true, InitialFailoverVersion: 1, RPCAddress: address(o.Port), HTTPAddress: address(httpPort),
		}},
	}
	cfg.DCRedirectionPolicy.Policy = "noop"
	cfg.Archival.History.State, cfg.Archival.Visibility.State = "disabled", "disabled"
	cfg.NamespaceDefaults.Archival.History.State, cfg.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"
	cfg.PublicClient.HostPort = address(o.Port)

	hosts := map[primitives.ServiceName]static.Hosts{}
	for _, name := range temporal.DefaultServices {
		service := config.Service{RPC: config.RPC{GRPCPort: o.Port, BindOnIP: loopback}}
		if name == string(primitives.FrontendService) {
			service.RPC.HTTPPort = httpPort
		} else if service.RPC.GRPCPort, err = free(); err != nil {
			return nil, nil, err
		}
		cfg.Services[name] = service
		hosts[primitives.ServiceName(name)] = static.SingleLocalHost(address(service.RPC.GRPCPort))
	}
	return cfg, hosts, nil
}

// tuned is what makes a server of one shard fast. With the defaults, 20 polls a second of the transfer queue hold every
// workflow to 10 steps a second, and a client whose wait misses the end of a workflow learns of it 20 s later.
func tuned() dynamicconfig.Client {
	settings := dynamicconfig.StaticClient{
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():                 8096,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		dynamicconfig.EnableServerVersionCheck.Key():                     false, // no calls outside
	}
	for name, value := range map[string]any{
		"matching.numTaskqueueReadPartitions":  1,
		"matching.numTaskqueueWritePartitions": 1,
		"history.transferProcessorMaxPollRPS":  1000,
		"history.timerProcessorMaxPollRPS":     1000,
		"history.longPollExpirationInterval":   "2s",
		"history.timerProcessorMaxTimeShift":   "50ms", // retries and timeouts may come so late, not 1 s
	} {
		settings[dynamicconfig.MakeKey(name)] = value
	}
	return settings
}
