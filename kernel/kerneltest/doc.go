// Package kerneltest is the other side of a Jupyter kernel: a client that speaks the protocol over the same sockets that a
// front end would use. Tests use it, and `athanor nb run` and `athanor bench kernel`.
//
// A Process is a kernel started as a program, with a connection file of its own and a Client that is connected and welcomed
// (client.go). A Call is one request with everything that came back for it (call.go). Bench measures a kernel (bench.go).
package kerneltest
