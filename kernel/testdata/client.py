"""What jupyter_kernel_test does not cover, with the real jupyter_client against the toy kernel."""

import os
import signal
import socket
import subprocess
import sys
import time
import unittest

from jupyter_client.manager import KernelManager

TIMEOUT = 20


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.km = KernelManager(kernel_name="toy")
        cls.km.start_kernel()
        cls.kc = cls.km.client()
        cls.kc.start_channels()
        cls.kc.wait_for_ready(timeout=TIMEOUT)

    @classmethod
    def tearDownClass(cls):
        cls.kc.stop_channels()
        cls.km.shutdown_kernel()

    def run_cell(self, code, kc=None, **kw):
        """Returns the reply's content and the iopub messages of one cell."""
        kc = kc or self.kc
        mid = kc.execute(code, **kw)
        seen = []
        while True:
            m = kc.get_iopub_msg(timeout=TIMEOUT)
            if m["parent_header"].get("msg_id") != mid:
                continue
            seen.append((m["msg_type"], m["content"]))
            if m["msg_type"] == "status" and m["content"]["execution_state"] == "idle":
                break
        while True:
            r = kc.get_shell_msg(timeout=TIMEOUT)
            if r["parent_header"].get("msg_id") == mid:
                return r["content"], seen

    def test_interrupt(self):
        for _ in range(5):
            mid = self.kc.execute("spin")
            time.sleep(0.1)
            self.km.interrupt_kernel()
            r = self.kc.get_shell_msg(timeout=TIMEOUT)
            self.assertEqual(r["parent_header"]["msg_id"], mid)
            self.assertEqual(r["content"]["ename"], "Interrupt")

    def test_stdin(self):
        self.kc.execute("ask name", allow_stdin=True)
        q = self.kc.get_stdin_msg(timeout=TIMEOUT)
        self.assertEqual(q["content"]["prompt"], "name")
        self.kc.input("Ada")
        r = self.kc.get_shell_msg(timeout=TIMEOUT)
        self.assertEqual(r["content"]["status"], "ok")

    def test_silent_peers(self):
        socks = [
            socket.create_connection(("127.0.0.1", p))
            for p in (self.km.shell_port, self.km.iopub_port, self.km.control_port, self.km.hb_port)
            for _ in range(20)
        ]
        other = self.km.client()
        other.start_channels()
        other.wait_for_ready(timeout=TIMEOUT)
        self.assertEqual(self.run_cell("1", kc=other)[0]["status"], "ok")
        other.stop_channels()
        for s in socks:
            s.close()

    def test_stopped_subscriber(self):
        code = (
            "import zmq,time;s=zmq.Context().socket(zmq.SUB);"
            f"s.connect('tcp://127.0.0.1:{self.km.iopub_port}');s.subscribe(b'');"
            "s.recv();print('up',flush=True);time.sleep(100)"
        )
        p = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        try:
            p.stdout.readline()  # welcomed
            os.kill(p.pid, signal.SIGSTOP)
            for _ in range(3):  # more than any buffer holds
                _, seen = self.run_cell("flood 400000")
                lines = sum(c["text"].count("\n") for t, c in seen if t == "stream")
                self.assertEqual(lines, 400000)
        finally:
            p.kill()
            p.wait()

    def test_heartbeat_while_busy(self):
        self.kc.execute("sleep 1.5s")
        time.sleep(1.2)
        self.assertTrue(self.kc.hb_channel.is_beating())
        self.kc.get_shell_msg(timeout=TIMEOUT)

    def test_forged_key(self):
        forged = self.km.client()
        forged.session.key = b"another key"
        forged.start_channels()
        forged.execute("fail forged cell ran")
        time.sleep(0.2)
        forged.stop_channels()
        self.assertEqual(self.run_cell("2")[0]["status"], "ok")

    def test_comm_to_nobody(self):
        msg = self.kc.session.msg("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
        self.kc.shell_channel.send(msg)
        while True:
            m = self.kc.get_iopub_msg(timeout=TIMEOUT)
            if m["msg_type"] == "comm_close":
                self.assertEqual(m["content"]["comm_id"], "c1")
                break

    def test_restart(self):
        km = KernelManager(kernel_name="toy")
        km.start_kernel()
        kc = km.client()
        kc.start_channels()
        kc.wait_for_ready(timeout=TIMEOUT)
        self.assertEqual(self.run_cell("1", kc=kc)[0]["execution_count"], 1)
        km.restart_kernel()
        kc.wait_for_ready(timeout=TIMEOUT)
        self.assertEqual(self.run_cell("1", kc=kc)[0]["execution_count"], 1)
        kc.stop_channels()
        km.shutdown_kernel()
        self.assertFalse(km.is_alive())


if __name__ == "__main__":
    unittest.main(verbosity=2)
