//go:build linux

// Package early opens the ports of a kernel while the program is still initialising its packages.
//
// A front end connects a few milliseconds after it has started us. If nobody listens yet, libzmq tries again after 100 to
// 200 ms, and the user waits for that; a program with the interpreter and a workflow client in it needs 20 to 100 ms to reach
// main. The system, however, accepts connections for a listening socket before the program does.
//
// Go initialises, again and again, the package with the lowest import path among those whose imports are ready. This one
// must therefore import little, and nothing that itself comes late: not net, which waits for all of go.… and google.….
//
// It acts only on the command line "PROGRAM kernel … --connection-file FILE", and only on IPv4 ports that FILE names. What
// goes wrong here is left for the kernel to meet again, and to report.
package early

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"syscall"
)

var sockets map[int]int // port -> descriptor of a listening socket

func init() {
	if file := connectionFile(os.Args); file != "" {
		sockets = open(file)
	}
}

// Socket hands over the descriptor of the socket that listens at a port, once.
func Socket(port int) (fd int, ok bool) {
	fd, ok = sockets[port]
	delete(sockets, port)
	return fd, ok
}

// connectionFile finds the file in a kernel's command line; empty when it is another command.
func connectionFile(args []string) string {
	if len(args) < 3 || args[1] != "kernel" {
		return ""
	}
	const flag = "--connection-file"
	for i, a := range args[2:] {
		if a == flag && i+3 < len(args) {
			return args[i+3]
		}
		if file, ok := strings.CutPrefix(a, flag+"="); ok {
			return file
		}
	}
	return ""
}

func open(file string) map[int]int {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var cf struct {
		Transport string
		IP        string
		Shell     int `json:"shell_port"`
		IOPub     int `json:"iopub_port"`
		Stdin     int `json:"stdin_port"`
		Control   int `json:"control_port"`
		HB        int `json:"hb_port"`
	}
	if json.Unmarshal(data, &cf) != nil || cf.Transport != "tcp" {
		return nil
	}
	ip, ok := ipv4(cf.IP)
	if !ok {
		return nil
	}
	found := map[int]int{}
	for _, port := range []int{cf.IOPub, cf.Shell, cf.Control, cf.Stdin, cf.HB} {
		if port > 0 && port < 1<<16 {
			if fd, err := listen(ip, port); err == nil {
				found[port] = fd
			}
		}
	}
	return found
}

func ipv4(text string) (ip [4]byte, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return ip, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return ip, false
		}
		ip[i] = byte(n)
	}
	return ip, true
}

// listen does what net.Listen does.
func listen(ip [4]byte, port int) (int, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: ip})
	}
	if err == nil {
		err = syscall.Listen(fd, syscall.SOMAXCONN)
	}
	if err != nil {
		_ = syscall.Close(fd)
	}
	return fd, err
}
