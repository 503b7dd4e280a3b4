"""Listeners while a certificate changes: downloads that take long, connections that stay, and new ones all the time, each checked as a client would.

    load = Load(port, name, trust_file, path, content)
    async run: load.run(seconds) or load.run(until=condition)
    load.trouble          # every request that failed, with its reason
"""

import asyncio
import collections
import socket
import ssl
import time

PIECE = 16 << 10          # read at once
RECEIVE_BUFFER = 32 << 10  # small: what is throttled here is throttled at the server
DEADLINE = 30             # seconds without a byte


class Load:
    def __init__(self, port, name, trust, path, content, downloads=16, kept=4, new_each_second=50, bytes_each_second=48 << 10):
        self.port, self.name, self.path, self.content = port, name, path, content
        self.downloads, self.kept, self.pace, self.speed = downloads, kept, new_each_second, bytes_each_second
        self.context = ssl.create_default_context(cafile=str(trust))
        self.trouble = []
        self.done = collections.Counter()
        self.serials = set()
        self.longest_handshake = 0.0
        self.stopping = False

    async def connect(self, throttled=False):
        plain = socket.socket()
        if throttled:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        plain.setblocking(False)
        loop = asyncio.get_running_loop()
        began = time.monotonic()
        try:
            await asyncio.wait_for(loop.sock_connect(plain, ("127.0.0.1", self.port)), DEADLINE)
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(sock=plain, ssl=self.context, server_hostname=self.name, limit=PIECE), DEADLINE)
        except BaseException:
            plain.close()
            raise
        self.longest_handshake = max(self.longest_handshake, time.monotonic() - began)
        self.serials.add(writer.get_extra_info("peercert")["serialNumber"])
        return reader, writer

    async def request(self, reader, writer, path, last=False):
        """(status, length) of an answer whose body is still to come."""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.name}\r\n{'Connection: close' + chr(13) + chr(10) if last else ''}\r\n".encode())
        await writer.drain()
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE)).decode().lower()
        return int(head.split()[1]), int(head.split("content-length:")[1].split()[0]), "connection: close" in head

    async def download_again_and_again(self):
        """One connection, one download after the other, at the pace of a slow line."""
        reader, writer = await self.connect(throttled=True)
        while not self.stopping:
            status, length, closes = await self.request(reader, writer, self.path)
            if (status, length) != (200, len(self.content)) or closes:
                raise ValueError(f"answered {status} with {length} bytes, closing: {closes}")
            at, began = 0, time.monotonic()
            while at < length:
                piece = await asyncio.wait_for(reader.read(min(PIECE, length - at)), DEADLINE)
                if not piece:
                    raise ValueError(f"truncated at {at} of {length} bytes")
                if piece != self.content[at:at + len(piece)]:
                    raise ValueError(f"other bytes at {at}")
                at += len(piece)
                # A deadline of its own for each piece: who is behind does not catch up with a burst. When the time is over, the rest comes at once.
                pause = began + at / self.speed - time.monotonic()
                if pause > 0 and not self.stopping:
                    await asyncio.sleep(pause)
            self.done["downloads"] += 1
        writer.close()

    async def keep_alive(self):
        reader, writer = await self.connect()
        while not self.stopping:
            status, length, closes = await self.request(reader, writer, "/healthz")
            await asyncio.wait_for(reader.readexactly(length), DEADLINE)
            if status != 200 or closes:
                raise ValueError(f"/healthz answered {status}, closing: {closes}")
            self.done["kept alive"] += 1
            await asyncio.sleep(1)
        writer.close()

    async def connect_once(self):
        reader, writer = await self.connect()
        status, length, _ = await self.request(reader, writer, "/healthz", last=True)
        await asyncio.wait_for(reader.readexactly(length), DEADLINE)
        if status != 200:
            raise ValueError(f"a new connection was answered {status}")
        self.done["connections"] += 1
        writer.close()

    async def guarded(self, what, work):
        try:
            await work
        except Exception as error:
            self.trouble.append(f"{time.strftime('%H:%M:%S')} {what}: {type(error).__name__}: {error}")

    async def open_new_ones(self):
        under_way = set()
        began, opened = time.monotonic(), 0
        while not self.stopping:
            while opened < (time.monotonic() - began) * self.pace and len(under_way) < 4 * self.pace:
                opened += 1
                task = asyncio.ensure_future(self.guarded("a new connection", self.connect_once()))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(0.5 / self.pace)
        await asyncio.gather(*under_way)

    async def run(self, is_over):
        """Until `is_over()`; what is under way then is finished."""
        tasks = [asyncio.ensure_future(self.guarded(f"download {i}", self.download_again_and_again())) for i in range(self.downloads)]
        tasks += [asyncio.ensure_future(self.guarded(f"connection {i}", self.keep_alive())) for i in range(self.kept)]
        tasks.append(asyncio.ensure_future(self.open_new_ones()))
        while not await asyncio.get_running_loop().run_in_executor(None, is_over):
            await asyncio.sleep(0.2)
        self.stopping = True
        await asyncio.gather(*tasks)
