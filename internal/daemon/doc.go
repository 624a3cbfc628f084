// Package daemon keeps one Temporal server and one worker running for a home directory.
//
// Up is the daemon: it takes HOME/daemon.lock, starts the server, writes how it is reached to HOME/daemon.json
// (a runs.Server), and supervises a worker as a child process, which it starts again when it dies. Ensure starts a daemon in
// the background unless one answers; Down ends it; Find says what is there. Work is the worker.
//
// Any of these processes may be killed at any moment. The kernel lets go of the locks of a dead process, so a daemon.json
// without a lock is only litter. A worker whose daemon has died sees the end of its standard input, checkpoints and ends:
// it never trains unattended. A worker that starts takes HOME/worker.lock, waiting for an older one, and then tells the server that
// the activities its predecessors left behind have failed, so that they go on at once and not after their heartbeat timeout.
package daemon
