"""A mail server on the loopback interface: it keeps what it is sent, or refuses all of it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast


class Mailbox(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[EmailMessage] = []
        self.receivers: list[str] = []
        self.said: list[bytes] = []  # by clients, line by line
        self.refuses = False

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box = cast(Mailbox, self.server)
        self._say("220 here")
        while line := self.rfile.readline():
            box.said.append(line)
            word = line.split()[0].upper()
            if word == b"EHLO":
                self._say("250-here\r\n250 8BITMIME")  # no STARTTLS, no AUTH
            elif word == b"RCPT" and box.refuses:
                self._say("550 5ecret: nobody of this name")
            elif word == b"RCPT":
                box.receivers.append(line.decode().split("<")[1].split(">")[0])
                self._say("250 ok")
            elif word == b"DATA":
                self._say("354 go on")
                lines = list[bytes]()
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line)
                box.mails.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=policy.default)))
                self._say("250 kept")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            elif word in (b"MAIL", b"RSET"):
                self._say("250 ok")
            else:
                self._say("502 not known")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A running server, stopped at the end."""
    server = Mailbox()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(300)
