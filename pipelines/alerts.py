"""Says troubles to people who are not at the pages: to a webhook, by mail, or both; and each of them once.

The addresses stand in MADANG_ALERT_URL, MADANG_ALERT_MAIL and MADANG_PING_URL and nowhere else: they are often secrets.
So nothing that is raised or logged here has them. What is sent are numbers, days and names of cities and tables, never
anything that a feed said. Chat services take `{"text": ...}`.
"""

from __future__ import annotations

import fcntl
import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http.client import HTTPException
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import SecretStr

from pipelines.settings import Settings
from pipelines.visible import one_line, visible
from warehouse.files import write_atomically
from warehouse.home import Home

TIMEOUT_S = 10
MOST_SIGNS = 2_000
TOLD = "alerts.json"  # in the home: by channel, the keys of the troubles that are sent
PORTS = {"smtp": 587, "smtps": 465}


class _UnusableError(Exception):
    """An address that cannot be used. The words do not have it."""


class NotToldError(RuntimeError):
    """A message could not be delivered. The words name no address."""


@dataclass(frozen=True)
class Trouble:
    """Something that somebody should know of. It is sent once for as long as it lasts."""

    key: str  # the same as long as it is the same trouble
    text: str  # a sentence without data
    of_night: bool = False  # a night did not start, did not end or did not publish; else something is closed or failed


def channels(settings: Settings) -> Mapping[str, Callable[[str], None]]:
    """By variable, what sends a text; those that are set. Each raises NotToldError."""
    of_settings = {
        "MADANG_ALERT_URL": (_post, settings.alert_url),
        "MADANG_ALERT_MAIL": (_mail, settings.alert_mail),
    }
    return {name: _sending(send, address) for name, (send, address) in of_settings.items() if address is not None}


def tell_new(settings: Settings, troubles: Sequence[Trouble]) -> list[str]:
    """Send what was not sent yet, in one message for each channel. Why it could not be sent, by channel.

    What a channel did not take is tried again the next time, by that channel alone. A trouble that went is forgotten:
    if it comes back it is sent again.
    """
    failed, home = list[str](), settings.home
    with _told(home) as told:
        for channel, send in channels(settings).items():
            known = set(told.get(channel, ()))
            new = [one for one in troubles if one.key not in known]
            try:
                if new:
                    send("Madang: " + "; ".join(one.text for one in new))
                    known |= {one.key for one in new}
            except NotToldError as error:
                failed.append(f"{channel}: {error}")
            told[channel] = sorted(known & {one.key for one in troubles})
    return failed


def ping(settings: Settings) -> None:
    """Say to a service outside that all nights are well: it raises an alarm when it no longer hears this.

    Raises NotToldError.
    """
    if settings.ping_url is not None:
        _sending(_get, settings.ping_url)("")


@contextmanager
def _told(home: Home) -> Iterator[dict[str, list[str]]]:
    """What was sent, by channel: to be changed in the block, by one process at a time."""
    path = home.root / TOLD
    with (home.root / f".{TOLD}").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            before = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            before = {}
        told = {str(name): list(keys) for name, keys in before.items()} if isinstance(before, dict) else {}
        yield told
        if told != before:
            write_atomically(path, json.dumps(told, indent=1).encode())


def _sending(send: Callable[[str, str], None], address: SecretStr) -> Callable[[str], None]:
    def sending(text: str) -> None:
        failed = ""
        try:
            send(address.get_secret_value(), visible(text, MOST_SIGNS))
            return
        except urllib.error.HTTPError as error:
            failed = f"status {error.code}"
        except smtplib.SMTPResponseException as error:
            failed = f"{type(error).__name__} {error.smtp_code}"
        except _UnusableError as error:
            failed = str(error)
        except (OSError, ValueError, HTTPException, smtplib.SMTPException) as error:
            failed = type(error).__name__
        raise NotToldError(
            f"could not be sent ({failed}): {one_line(text)}"
        )  # outside of the block: nothing is behind it

    return sending


def _post(address: str, text: str) -> None:
    _open(address, json.dumps({"text": text}).encode())


def _get(address: str, _text: str) -> None:
    _open(address, None)


def _open(address: str, body: bytes | None) -> None:
    if not address.startswith(("http://", "https://")):
        raise _UnusableError("it is no http or https address")
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"} if body else {})
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(request, timeout=TIMEOUT_S):
        pass


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What stands in the address goes nowhere else."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


def _mail(address: str, text: str) -> None:
    """`smtps://user:password@host:465/?from=a@b&to=c@d,e@f`; `smtp://` begins without TLS, and goes on with it before a
    password is said."""
    url = urlsplit(address)
    asked = parse_qs(url.query)
    sender, receivers = ",".join(asked.get("from", ())), ",".join(asked.get("to", ()))
    if url.scheme not in PORTS or not url.hostname or not sender or not receivers:
        raise _UnusableError("it is no smtp or smtps address with from and to")
    message = EmailMessage()
    message["From"], message["To"], message["Date"] = sender, receivers, formatdate()
    message["Subject"], message["Message-ID"] = one_line(text)[:150], make_msgid(domain="madang.invalid")
    message.set_content(text)
    port, safe = url.port or PORTS[url.scheme], ssl.create_default_context()
    with _server(url.scheme, url.hostname, port, safe) as server:
        if url.scheme == "smtp" and (url.username or server.has_extn("starttls")):
            server.starttls(context=safe)  # raises where the server has none: a password is never said in the open
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _server(scheme: str, host: str, port: int, safe: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=safe)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    server.ehlo()
    return server
