package kernel

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/athanor-ml/athanor/kernel/zsock"
)

// ConnectionFile says where the kernel listens and with which key messages are signed: the JSON file that Jupyter writes
// and hands over with --connection-file. A port of 0 is chosen by the kernel, which then writes the file again.
type ConnectionFile struct {
	Transport  string `json:"transport"` // "tcp" or "ipc"
	IP         string `json:"ip"`        // of ipc: the path; sockets are path-port
	Shell      int    `json:"shell_port"`
	IOPub      int    `json:"iopub_port"`
	Stdin      int    `json:"stdin_port"`
	Control    int    `json:"control_port"`
	HB         int    `json:"hb_port"`
	Key        string `json:"key"`              // empty: messages are not signed
	Scheme     string `json:"signature_scheme"` // "hmac-sha256"
	KernelName string `json:"kernel_name,omitempty"`

	path string // where it was read from
}

// ReadConnectionFile reads and checks a connection file.
func ReadConnectionFile(path string) (ConnectionFile, error) {
	cf := ConnectionFile{Transport: "tcp", IP: "127.0.0.1", Scheme: "hmac-sha256", path: path}
	data, err := os.ReadFile(path)
	if err != nil {
		return cf, fmt.Errorf("connection file: %w", err)
	}
	if err := json.Unmarshal(data, &cf); err != nil {
		return cf, fmt.Errorf("connection file %s: not JSON: %w", path, err)
	}
	return cf, cf.check()
}

func (cf *ConnectionFile) check() error {
	if cf.Transport != "tcp" && cf.Transport != "ipc" {
		return fmt.Errorf("connection file: transport %q, want tcp or ipc", cf.Transport)
	}
	if cf.Scheme != "" && cf.Scheme != "hmac-sha256" {
		return fmt.Errorf("connection file: signature scheme %q, want hmac-sha256", cf.Scheme)
	}
	for _, p := range []int{cf.Shell, cf.IOPub, cf.Stdin, cf.Control, cf.HB} {
		if p < 0 || p > 65535 || cf.Transport == "ipc" && p == 0 {
			return fmt.Errorf("connection file: port %d is no port", p)
		}
	}
	return nil
}

// Write writes the file for its owner only, whole or not at all.
func (cf *ConnectionFile) Write(path string) error {
	data, err := json.MarshalIndent(cf, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".kernel-*.json") // mode 0600: the key is inside
	if err != nil {
		return fmt.Errorf("connection file: %w", err)
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return fmt.Errorf("connection file: %w", err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("connection file: %w", err)
	}
	return os.Rename(tmp.Name(), path)
}

// Endpoint returns network and address of a port, as package net wants them.
func (cf *ConnectionFile) Endpoint(port int) (network, addr string) {
	if cf.Transport == "ipc" {
		return "unix", cf.IP + "-" + strconv.Itoa(port)
	}
	return "tcp", net.JoinHostPort(cf.IP, strconv.Itoa(port))
}

// listen opens a socket at *port, and puts the port chosen there when it was 0. opened may have the listener already.
func (cf *ConnectionFile) listen(kind zsock.Kind, port *int, o zsock.Options, opened func(int) net.Listener) (*zsock.Socket, error) {
	if opened != nil && *port != 0 {
		if ln := opened(*port); ln != nil {
			return zsock.Serve(kind, ln, o), nil
		}
	}
	network, addr := cf.Endpoint(*port)
	if network == "unix" {
		os.Remove(addr) // a socket file left by a kernel that was killed
	}
	s, err := zsock.Listen(kind, network, addr, o)
	if err != nil {
		return nil, err
	}
	if a, ok := s.Addr().(*net.TCPAddr); ok {
		*port = a.Port
	}
	return s, nil
}
