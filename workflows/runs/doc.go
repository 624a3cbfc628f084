// Package runs starts runs of any kind as workflows, looks at them and steers them. The command line and notebook cells call it.
//
// A Client talks to the server that the daemon of a home directory runs, or to any other Temporal server. It starts a run
// from a spec.Run, whose name becomes the workflow's ID and the directory under HOME/runs; names are used once. A Handle is
// one run; a stage of a pipeline is one too, named PIPELINE.STAGE. Its Status is put together from what the workflow publishes and the newest heartbeat of the training, so
// that it needs no worker that answers, and is at most about two seconds old. Without a server FromFiles tells what the run's directory says.
//
// Cells use the functions of the same names in this package: they act on the client that SetDefault describes, which connects
// when it is first needed and starts a daemon when none answers.
package runs
