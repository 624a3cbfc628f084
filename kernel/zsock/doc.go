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
// What happens when a peer's queue is full: a ROUTER disconnects it. An XPUB waits for it, so that the cell that prints is
// slowed down to what the reader can take, but not for long when others are kept waiting: at most Patience (500 ms) since its
// queue was last empty when there is another subscriber, 10 s when it is the only one. Then it is disconnected; a ZeroMQ
// client reconnects by itself and is welcomed again.
package zsock
