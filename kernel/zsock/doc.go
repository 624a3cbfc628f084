// Package zsock has the three ZeroMQ sockets of a Jupyter kernel (ROUTER, REP, XPUB) and the three of its clients (DEALER,
// REQ, SUB), on connections of github.com/go-zeromq/zmq4.
//
// zmq4.Conn does the ZMTP 3.0 handshake and the framing. What zmq4's own sockets do badly for a kernel is done here: a peer
// that connects and says nothing, or stops reading, disturbs nobody else.
//
//   - Socket: a listener with its peers, or a dialled connection with its one peer. Listen accepts; each handshake runs on
//     its own goroutine with a deadline of HandshakeTimeout. A panic in zmq4's parsing of a hostile greeting ends that peer only.
//   - peer: one connection, with a reader goroutine and a writer goroutine. Writes go through a queue bounded in bytes; the
//     writer empties what is queued into one buffer and flushes once.
//   - link: the net.Conn that zmq4 sees. It checks the length of every frame before zmq4 allocates it, and takes commands
//     (PING, SUBSCRIBE, CANCEL) out of the stream.
//
// Two clients may give a ROUTER the same identity: jupyter_client does, for every client of one KernelManager. libzmq then ignores
// the second or, with ROUTER_HANDOVER, disconnects the first, whose reconnecting disconnects the second, and so on. Here both
// live: Recv names a peer by a routing id that is its own, and Send to an id whose connection is gone goes to the newest peer
// of that identity, so that a reply reaches a client that has reconnected, and a question on stdin the client of a shell request.
//
// What happens when a peer's queue is full: a ROUTER disconnects it. An XPUB waits for it, so that the cell that prints is
// slowed down to what its readers can take. When all subscribers are full that may go on for as long as they read; one that
// has read nothing for PatienceAlone (10 s) is disconnected. When another subscriber could go on, a full one may cost it
// Patience (500 ms) in all since its queue was last empty, and is then disconnected. A ZeroMQ client reconnects by itself
// and is welcomed again.
package zsock
