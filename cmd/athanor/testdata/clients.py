"""Drives `athanor kernel` with the real jupyter_client: what a notebook front end does, and what a hostile one could.

usage: clients.py ATHANOR   (the binary; its kernelspec must be installed where JUPYTER_PATH points)
Prints one line a check, and ends with "N passed, 0 failed" or a traceback.
"""
import os
import queue
import signal
import socket
import struct
import sys
import time

import zmq
from jupyter_client import KernelManager

passed = 0


def check(name, ok, detail=""):
    global passed
    if not ok:
        raise SystemExit(f"FAILED {name}: {detail}")
    passed += 1
    print("ok", name, flush=True)


def run(kc, code, timeout=60, **kw):
    """Runs one cell; returns (reply content, outputs in order)."""
    outputs = []
    def hook(msg):
        outputs.append((msg["msg_type"], msg["content"]))
    reply = kc.execute_interactive(code, timeout=timeout, output_hook=hook, allow_stdin=False, **kw)
    return reply["content"], outputs


def text(outputs, name="stdout"):
    return "".join(c["text"] for t, c in outputs if t == "stream" and c["name"] == name)


def result(outputs):
    return [c["data"]["text/plain"] for t, c in outputs if t == "execute_result"]


def basics(kc):
    reply, out = run(kc, "1+1")
    check("1+1", result(out) == ["2"], out)
    reply, out = run(kc, 'import "fmt"\nx := 41\nfunc inc(n int) int { return n + 1 }\nfmt.Println("out")\ninc(x)')
    check("imports, declarations and statements in one cell", text(out) == "out\n" and result(out) == ["42"], out)
    reply, out = run(kc, "x := \"now a string\"\nx")
    check("redeclaring a variable with another type", result(out) == ['"now a string"'] or result(out) == ["now a string"], out)
    reply, out = run(kc, "y := 1\nz := y + nothere\n")
    check("type error with cell, line, column", reply["status"] == "error" and "nothere" in reply["evalue"] and "2" in reply["evalue"], reply)
    reply, out = run(kc, "y")
    check("nothing of the bad cell ran", reply["status"] == "error", reply)
    reply, out = run(kc, 'import "os"\nfmt.Println("a"); fmt.Fprintln(os.Stderr, "b"); fmt.Println("c")')
    check("stdout and stderr", text(out) == "a\nc\n" and text(out, "stderr") == "b\n", out)
    reply, out = run(kc, "tensorlib.Ones(2, 3)")
    check("a tensor prints", "1" in result(out)[0], out)
    reply, out = run(kc, "tensorlib.Ones(2, 3).MatMul(tensorlib.Ones(2, 2))")
    check("OpError names the op and the shapes", reply["status"] == "error" and "MatMul" in reply["evalue"] and "(2, 3) x (2, 2)" in reply["evalue"], reply)


def deaths(kc):
    cells = {
        "os.Exit": 'import "os"\nos.Exit(3)',
        "goroutine panic": 'import "time"\ngo func() { panic("boom in a goroutine") }()\ntime.Sleep(300 * time.Millisecond)',
        "stack overflow": "func deep(n int) int { return deep(n+1) + 1 }\ndeep(0)",
        "concurrent map writes": 'import "time"\nm := map[int]int{}\nfor k := 0; k < 8; k++ { go func() { for i := 0; i < 300000; i++ { m[i%7]++ } }() }\ntime.Sleep(3 * time.Second)',
        "kill -9 of itself": 'import ("os"; "syscall")\nsyscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}',
    }
    for name, code in cells.items():
        reply, out = run(kc, code)
        if name == "concurrent map writes" and reply["status"] == "ok":
            print("   (the race did not show this time)")
            continue
        check(name + " is an error in that cell", reply["status"] == "error", reply)
        print("     ", reply["ename"] + ":", reply["evalue"][:110].replace("\n", " "))
        reply, out = run(kc, "6*7")
        check("the next cell runs", result(out) == ["42"], out)


def interrupts(km, kc):
    run(kc, "kept := 7")
    for name, code in {"for {}": "for {}", "select {}": "select {}", "sleep": 'import "time"\ntime.Sleep(time.Hour)', "channel": "<-make(chan int)",
                       "print loop": 'import "fmt"\nfor { fmt.Println("x") }'}.items():
        mid = kc.execute(code)
        time.sleep(0.3)
        begin = time.time()
        km.interrupt_kernel()
        while True:
            reply = kc.get_shell_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == mid:
                break
        took = time.time() - begin
        check(f"interrupt of {name}", reply["content"]["status"] == "error", reply["content"])
        print(f"      {took * 1000:.0f} ms, {reply['content']['ename']}")
    while True:
        try:
            kc.get_iopub_msg(timeout=0.5)
        except queue.Empty:
            break
    reply, out = run(kc, "kept")
    check("state is kept after interrupts", result(out) == ["7"], (reply, out))


def hostile(km, kc):
    info = km.get_connection_info()
    silent = [socket.create_connection((info["ip"], info[p])) for p in ("shell_port", "iopub_port", "control_port", "hb_port")]
    garbage = socket.create_connection((info["ip"], info["shell_port"]))
    garbage.sendall(b"GET / HTTP/1.1\r\n\r\n" * 10)
    huge = socket.create_connection((info["ip"], info["shell_port"]))
    greeting = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"NULL" + b"\0" * 16 + b"\0" + b"\0" * 31
    ready = b"\x05READY" + b"\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER" + b"\x08Identity" + struct.pack(">I", 0)
    huge.sendall(greeting + b"\x04" + bytes([len(ready)]) + ready + b"\x02" + struct.pack(">Q", 1 << 62))
    ctx = zmq.Context()
    forged = ctx.socket(zmq.DEALER)
    forged.connect(f"tcp://{info['ip']}:{info['shell_port']}")
    forged.send_multipart([b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"])
    forged.send_multipart([b"no delimiter"])
    forged.send_multipart([b"<IDS|MSG>"])
    stuck = ctx.socket(zmq.SUB)
    stuck.setsockopt(zmq.RCVHWM, 1)
    stuck.setsockopt(zmq.RCVBUF, 1024)
    stuck.subscribe(b"")
    stuck.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    time.sleep(0.3)
    second = km.client()
    second.start_channels()
    second.wait_for_ready(timeout=10)
    check("a new client connects beside silent, garbage and oversized ones", True)
    reply, out = run(second, 'import "fmt"\nfor i := 0; i < 200000; i++ { fmt.Println(i) }')
    check("a subscriber that stopped reading delays nobody", text(out).count("\n") == 200000, (reply, len(text(out))))
    second.stop_channels()
    for s in silent + [garbage, huge]:
        s.close()
    forged.close(0), stuck.close(0)
    reply, out = run(kc, "2+2")
    check("forged and garbled messages are dropped, the kernel goes on", result(out) == ["4"], out)


def twins(km, kc):
    """Two clients of one KernelManager give the kernel one identity; each must get its own replies."""
    second = km.client()
    second.start_channels()
    second.wait_for_ready(timeout=10)
    for i in range(20):
        mine, theirs = second.execute(f"{i}"), kc.execute(f"{i} + 1")
        for client, mid in ((second, mine), (kc, theirs)):
            reply = client.get_shell_msg(timeout=10)
            if reply["parent_header"]["msg_id"] != mid:
                check("each of two clients gets its own replies", False, reply)
    check("each of two clients gets its own replies", True)
    second.stop_channels()


def others(kc):
    def ask(mid):
        while True:
            m = kc.get_shell_msg(timeout=20)
            if m["parent_header"].get("msg_id") == mid:
                return m["content"]
    run(kc, 'import "strings"')
    c = ask(kc.complete("strings.ToUp", 12))
    check("completion", any("ToUpper" in m for m in c["matches"]), c)
    c = ask(kc.inspect("strings.ToUpper", 10))
    check("inspection", c["found"] and "ToUpper" in str(c["data"]), c)
    for code, want in {"x := 1": "complete", "func f() {": "incomplete", "x := )": "invalid"}.items():
        c = ask(kc.is_complete(code))
        check(f"is_complete({code!r}) = {want}", c["status"] == want, c)
    c = ask(kc.history(hist_access_type="tail", n=3, raw=True, output=False))
    check("history", len(c["history"]) > 0, c)
    c = ask(kc.comm_info())
    check("comm_info", c["status"] == "ok", c)
    mid = kc.execute("for i := 0; i < 4; i++ { time.Sleep(500 * time.Millisecond) }")
    begin = time.time()
    ask(kc.complete("strings.ToUp", 12))
    check("completion while a cell runs", time.time() - begin < 1.5, time.time() - begin)
    ask(mid)


def main():
    km = KernelManager(kernel_name="athanor")
    km.start_kernel()
    kc = km.client()
    kc.start_channels()
    kc.wait_for_ready(timeout=60)
    kernel_pid = getattr(km.provisioner, "pid", None)
    try:
        basics(kc), others(kc), twins(km, kc), interrupts(km, kc), deaths(kc), hostile(km, kc)
        km.restart_kernel(now=False)
        kc.wait_for_ready(timeout=30)
        reply, out = run(kc, "kept")
        check("a restart forgets", reply["status"] == "error", reply)
    finally:
        kc.stop_channels()
        km.shutdown_kernel(now=False)
    if kernel_pid:
        time.sleep(0.5)
        check("the kernel process is gone after shutdown", not os.path.exists(f"/proc/{kernel_pid}") or "Z" in open(f"/proc/{kernel_pid}/stat").read().split()[2])
    print(f"{passed} passed, 0 failed")


main()
