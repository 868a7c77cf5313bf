"""Servers on the loopback that do not play fair: each speaks on a bare socket until the client hangs up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Speaks = Callable[[socket.socket], object]
PAUSE_S = 0.02  # between two pieces: far below any time-out, so that none for a single read ever acts
HEAD = b"HTTP/1.1 200 OK\r\n"
LONGEST_S = 60.0  # a server that nobody hangs up on must not hold the tests forever


def dripping(begin: bytes, piece: bytes) -> Speaks:
    """Sends the beginning, then one piece after the other without end."""

    def speak(client: socket.socket) -> None:
        client.sendall(begin)
        for _ in range(int(LONGEST_S / PAUSE_S)):
            threading.Event().wait(PAUSE_S)
            client.sendall(piece)  # fails when the client has hung up

    return speak


def silent(begin: bytes) -> Speaks:
    """Sends the beginning, and nothing more until the client hangs up."""

    def speak(client: socket.socket) -> None:
        client.sendall(begin)
        client.settimeout(LONGEST_S)
        while client.recv(65536):
            pass

    return speak


UNFAIR: dict[str, Speaks] = {
    "no word": silent(b""),
    "half a status line": silent(b"HTTP/1.1 2"),
    "a status line letter by letter": dripping(b"HTTP/1.1 200 ", b"O"),
    "headers line by line": dripping(HEAD, b"x-more: 1\r\n"),
    "a header that never ends": dripping(HEAD + b"x-long: ", b"a"),
    "103 without end": dripping(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
    "100 without end": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body byte by byte": dripping(HEAD + b"content-length: 1000000\r\n\r\n", b" "),
    "a body without a length": dripping(HEAD + b"connection: close\r\n\r\n", b" "),
    "chunks of a byte": dripping(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a chunk extension that drips": dripping(HEAD + b"transfer-encoding: chunked\r\n\r\n1;x=", b"y"),
    "trailers without end": dripping(HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x-trail: 1\r\n"),
    "gzip members without content": dripping(
        HEAD + b"content-encoding: gzip\r\ncontent-length: 1000000\r\n\r\n",
        bytes.fromhex("1f8b08000000000000ff03000000000000000000"),
    ),
    "a body that stops": silent(HEAD + b"content-length: 1000\r\n\r\nhalf"),
}


@contextmanager
def unfair(speak: Speaks) -> Iterator[str]:
    """The address at which it speaks, to each client in a thread of its own, before it reads a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer(client: socket.socket) -> None:
            with client, suppress(OSError):
                speak(client)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=answer, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
