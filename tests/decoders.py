"""The programs that a server runs to decode recordings, and how a test makes them wait."""

import os
import pathlib
import signal
import threading
import time


class Decoders:
    """Those of one server."""

    def __init__(self, server):
        self.server, self.strangers = server, set()

    def running(self):
        """Their process ids."""
        found, parent = [], self.server.process.pid
        there = {name for name in os.listdir("/proc") if name.isdigit()}
        self.strangers &= there
        for process in there - self.strangers:
            try:
                name, fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)
            except OSError:
                continue  # it has ended
            if int(fields.split()[1]) != parent:
                self.strangers.add(process)
            elif "carillon-media" in name:  # between fork and exec a child has its parent's name
                found.append(int(process))
        return found


def decoders(server):
    """Process ids of the decoders that the server has running."""
    return Decoders(server).running()


class HeldDecoders:
    """While this lasts, every decoder that the server starts is stopped as soon as it is there: nothing gets ready, however slow the test is.
    A recording should still take its decoder a second or more, so that it is not over before it is seen. The server kills decoders that say
    nothing for a minute, and starts the job again later."""

    def __init__(self, server):
        self.decoders, self.ended = Decoders(server), threading.Event()
        self.held = set()  # process ids
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.ended.is_set():
            self.held = {process for process in self.decoders.running() if self.signal(process, signal.SIGSTOP)}
            time.sleep(0.01)

    @staticmethod
    def signal(process, what):
        try:
            os.kill(process, what)
        except ProcessLookupError:
            return False  # it has ended
        return True

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        for process in self.decoders.running():
            self.signal(process, signal.SIGCONT)
