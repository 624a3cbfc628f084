//go:build !noserver

package devserver

// The database file appears under its name only when it is whole, schema and stamp: both are made beside it and renamed,
// the stamp first. A start that was killed half-way leaves nothing that a later one trusts.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// openDatabase checks or makes the database of o and registers the namespace in it. With o.Fresh one that cannot be used is put aside
// and another made.
func openDatabase(o Options) (*config.SQL, error) {
	file := filepath.Join(o.Dir, "temporal.db")
	if err := checkStamp(file, o.Fresh); err != nil {
		return nil, err
	}
	db, err := open(o, file)
	if err == nil || !o.Fresh {
		return db, err
	}
	if aside := putAside(file); aside != nil {
		return nil, errors.Join(err, aside)
	}
	return open(o, file)
}

func open(o Options, file string) (*config.SQL, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := makeDatabase(file); err != nil {
			return nil, fmt.Errorf("make temporal database %s: %w", file, err)
		}
	}
	// Write-ahead log and normal synchronisation survive kill -9; a power cut can lose the last few commits.
	db := sqlConfig(file, map[string]string{"mode": "rw", "journal_mode": "wal", "synchronous": "normal"})
	ns, err := sqlite.NewNamespaceConfig(clusterName, o.Namespace, false, o.Attributes)
	if err != nil {
		return nil, fmt.Errorf("namespace %s: %w", o.Namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(Retention)
	if err := sqlite.CreateNamespaces(db, ns); err != nil {
		return nil, fmt.Errorf("open temporal database %s: %w; if the file is damaged, start with --fresh to put it aside "+
			"(checkpoints stay; a run started again under its name goes on from its newest one)", file, err)
	}
	return db, nil
}

func makeDatabase(file string) error {
	part := file + ".part"
	for _, old := range []string{part, part + "-journal", part + "-wal", part + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := sqlite.SetupSchema(sqlConfig(part, map[string]string{"mode": "rwc"})); err != nil {
		return err
	}
	if err := os.WriteFile(stampFile(file), []byte(stamp()+"\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(part, file)
}

// checkStamp refuses, or with fresh puts aside, a database that a server of another schema made.
func checkStamp(file string, fresh bool) error {
	if _, err := os.Stat(file); err != nil {
		return nil // none yet; trouble with the folder shows when the file is made
	}
	text, err := os.ReadFile(stampFile(file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("temporal database: %w", err)
	}
	have := strings.TrimSpace(string(text))
	if compatible(have, stamp()) {
		return nil
	}
	if have == "" {
		have = "of unknown version"
	}
	if !fresh {
		return &VersionError{File: file, Have: have, Own: stamp()}
	}
	return putAside(file)
}

// putAside renames a database and what belongs to it.
func putAside(file string) error {
	aside := unused(fmt.Sprintf("%s.%s", file, time.Now().UTC().Format("20060102-150405")))
	for _, tail := range []string{"-wal", "-shm", "", ".version"} {
		if err := os.Rename(file+tail, aside+tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put database aside: %w", err)
		}
	}
	return nil
}

// unused is a name that no database has: the clock may say the same time twice.
func unused(name string) string {
	free := name
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

// stamp is "1.32.1 schema 0.11/0.1": the server, its main schema and that of visibility.
func stamp() string {
	return fmt.Sprintf("%s schema %s/%s", Version, sqlite.Version, sqlite.VisibilityVersion)
}

// compatible reports whether two stamps differ at most in the server's patch release.
func compatible(a, b string) bool {
	release := func(s string) string {
		version, schema, _ := strings.Cut(s, " ")
		if i := strings.LastIndexByte(version, '.'); i >= 0 {
			version = version[:i]
		}
		return version + " " + schema
	}
	return release(a) == release(b)
}

func stampFile(file string) string { return file + ".version" }

func sqlConfig(file string, attributes map[string]string) *config.SQL {
	return &config.SQL{PluginName: sqliteplugin.PluginName, DatabaseName: file, ConnectAttributes: attributes}
}
