"""The site on this machine, for a look at it: files of one folder and nothing else, asked for from here alone.

For everybody else any web server does, which this is not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "127.0.0.1"


class SiteFiles(SimpleHTTPRequestHandler):
    """A folder without lists of what is in it."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".csv": "text/csv; charset=utf-8",
        ".jsonld": "application/ld+json",
        ".parquet": "application/vnd.apache.parquet",
        ".xml": "application/xml",
        ".atom": "application/atom+xml",
        ".html": "text/html; charset=utf-8",
        ".yaml": "application/yaml",
    }

    def list_directory(self, path: object) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # the next release has other pages under the same address
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


def serve_site(folder: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve a folder until an interrupt. `ready` gets the address. Raises OSError where the port cannot be used."""
    with ThreadingHTTPServer((HOST, port), partial(SiteFiles, directory=str(folder))) as server:
        server.daemon_threads = True
        ready(f"http://{HOST}:{server.server_address[1]}/")
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            return
