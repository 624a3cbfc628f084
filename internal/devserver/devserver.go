// Package devserver runs a Temporal server and its web UI inside this process, on one SQLite file.
//
// Start opens the database (made when absent), starts the four services of the server on loopback ports and the UI beside
// them, and returns a Server that answers. The settings are those of one machine: one history shard, one task queue
// partition, no cap of 20 tasks a second, so that a workflow's step costs about 16 ms instead of 100. Finished runs are kept
// 90 days, not the 24 hours of Temporal's own development server.
//
// SQLite files are not migrated by Temporal. A stamp beside the file says which server made it, and Start refuses a file of
// another schema; see VersionError.
//
// The server is most of the size of the binary. With the build tag noserver this package is a few lines that return
// ErrNoServer.
package devserver

import (
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// ErrNoServer is returned by Start in a binary that was built with -tags noserver.
var ErrNoServer = errors.New("this binary was built without the Temporal server (-tags noserver): " +
	"build it with \"go build ./cmd/athanor\", or keep another one running with \"athanor up\" and work against that")

// Retention is how long finished workflows stay in the database.
const Retention = 90 * 24 * time.Hour

// Options says where the server keeps its files and which ports it takes. All ports are on 127.0.0.1: the server asks nobody
// for a password.
type Options struct {
	Dir        string                              // the database, its stamp and the log; made when absent
	Namespace  string                              // registered when absent; empty: "default"
	Port       int                                 // of gRPC
	UIPort     int                                 // of the web UI; 0: none
	Attributes map[string]enumspb.IndexedValueType // search attributes of the namespace
	Fresh      bool                                // put a database of another version, or a damaged one, aside instead of returning an error
}

// VersionError says that a database was made by a server whose schema this one cannot use.
type VersionError struct {
	File      string // the database
	Have, Own string // stamps: of the file, of this server
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("database %s was made by Temporal %s, this binary carries %s, and SQLite files cannot be migrated: "+
		"start with --fresh to put it aside (checkpoints stay; a run started again under its name goes on from its newest one), "+
		"or use the binary that made it", e.File, e.Have, e.Own)
}
