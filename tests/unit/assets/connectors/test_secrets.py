"""No key leaves the client: not in a failure, a traceback, a log, a landed reply or its headers."""

from __future__ import annotations

import base64
import gzip
import html
import json
import logging
import pickle
import re
import threading
import traceback
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import pytest

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request
from assets.connectors.refusals import json_object, refuse
from assets.connectors.secrets import Secrets, from_environment, simulated
from assets.failures import FeedFailure, PermanentFailure
from tests.support.loopback import Answer, Asked, Clock, Loopback, closed_port, service
from tests.support.readers import zipped

KEYS = {
    "one": "a/b+c=%&é {x}0123456789",  # everything that an address, JSON or XML has to escape
    "two": "Zy\"<98>'~!;ü=={one}\\",  # reads like the name of another
    "three": "plainhexkey0123",
}
LOGGERS = ("", "httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "stamina", "assets")


class Echo(Protocol):
    paged = False

    """Sends keys wherever they can be sent."""

    def request(self, ask: Ask, page: Page) -> Request:
        headers = {"x-three": "{three}"} if ask.service.ask.get("headers", True) else {"x-one": "{one}"}
        return Request("p/{one}/data", {"k": "{two}", "t": "{three}", "o": "{one}"}, headers)

    def envelope(self, service: Any, reply: Reply) -> Envelope:
        top = json_object(reply)
        if "error" in top:
            refuse("auth", bytes(top["error"]).decode(), reply.label)
        return Envelope(len(top))


@pytest.fixture(autouse=True)
def _echo(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr("assets.connectors.pull.protocol_for", lambda _service: Echo())


def spellings(value: str) -> set[str]:
    """How a key may look after an address, a form, JSON, HTML or a second round of any of them."""
    quoted = {quote(value), quote(value, safe=""), quote_plus(value), quote(value, safe="/+="), quote(value, safe="{}")}
    quoted |= {quote(q, safe="") for q in quoted} | {re.sub("%..", lambda m: m[0].lower(), q) for q in quoted}
    escaped = {
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
    }
    pages = {html.escape(value), html.escape(value, quote=False), value.replace("&", "&#38;").replace("é", "&#233;")}
    return {value, repr(value)[1:-1], *quoted, *escaped, *pages}


ALL = {spelling for value in KEYS.values() for spelling in spellings(value)}
# parts of the keys that nothing encodes, should a spelling be missing above
CORES = ("0123456789", "98>", "plainhexkey")


def clean(text: str) -> None:
    found = [s for s in ALL if s in text] + [core for core in CORES if core in text]
    assert not found, f"a key is in: {text[:3000]}"


def echo(asked: Asked) -> str:
    """The key in every spelling, as a server would repeat it."""
    return " | ".join([asked.target, *asked.query.values(), *asked.headers.values(), *sorted(ALL)])


def failing(kind: str, stop: threading.Event) -> Any:
    packed = gzip.compress(json.dumps({"rows": "x" * 5000}).encode())
    answers: dict[str, Any] = {
        "time-out": Answer(b"", hold=stop),
        "hang up": Answer(hang_up=True),
        "cut": lambda asked: Answer(echo(asked).encode(), length=100_000),
        "gzip": Answer(packed[:-20], headers={"content-encoding": "gzip"}),
        "301": lambda asked: Answer(b"", 301, {"location": f"http://stranger.example.org{asked.target}"}),
        "large": Answer(b"0" * (2**20 + 1)),
        "html": lambda asked: Answer(f"<html>{echo(asked)}".encode()),
        "xml": lambda asked: Answer(f"<r>{echo(asked)}</r>".encode()),
        "half": lambda asked: Answer(json.dumps({"error": echo(asked)}).encode()[:-2]),
        "shape": lambda asked: Answer(json.dumps([echo(asked)]).encode()),
        "says": lambda asked: Answer(json.dumps({"error": echo(asked)}).encode()),
        "says plainly": lambda asked: Answer(json.dumps({"error": echo(asked)}, ensure_ascii=False).encode()),
        "latin": lambda asked: Answer(json.dumps({"error": KEYS["one"]}, ensure_ascii=False).encode("latin-1")),
    }
    for status in (202, 400, 401, 403, 404, 408, 429, 500, 503):
        answers[str(status)] = lambda asked, status=status: Answer(echo(asked).encode(), status, {"x-e": asked.target})
    return answers[kind]


KINDS = ["time-out", "hang up", "cut", "gzip", "301", "large", "html", "xml", "half", "shape", "says", "says plainly",
         "latin", "202", "400", "401", "403", "404", "408", "429", "500", "503", "refused", "header",
         "address"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_failure_holds_a_key(server: Loopback, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    for name in LOGGERS:
        caplog.set_level(0, logger=name)
    stop = threading.Event()
    base = {"refused": closed_port(), "address": "http://127.0.0.1:notaport"}.get(kind, server.base)
    if base == server.base and kind != "header":
        server.replies["*"] = failing(kind, stop)
    asking = service(
        "echo",
        {"headers": kind != "header"},
        secrets=dict.fromkeys(KEYS, "V"),
        attempts=2,
        max_mib=1,
        timeout_s=0.15 if kind == "time-out" else 5,
    )
    try:
        with Client(asking, base, Secrets(KEYS)) as client:
            pulled = pull.pull(client, asking, None)
    finally:
        stop.set()
    failure = pulled.failure
    assert failure is not None
    chain: list[BaseException] = []
    todo: list[BaseException | None] = [failure]
    while todo:
        if (error := todo.pop()) is not None and error not in chain:
            chain.append(error)
            todo += [error.__cause__, error.__context__]
    for error in chain:
        for text in (str(error), repr(error), repr(error.args), repr(vars(error))):
            clean(text)
        clean("".join(traceback.format_exception(error)))
        clean("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    clean(pickle.dumps(failure).decode("latin-1"))
    clean(caplog.text)
    clean("\n".join(f"{record.__dict__}" for record in caplog.records))
    content, headers = archive.pack(pulled.pages)  # what came before the failure lands, the refused reply as well
    clean(content.decode("latin-1") + json.dumps(headers))


def test_no_landed_reply_holds_a_key(server: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    for name in LOGGERS:
        caplog.set_level(0, logger=name)
    logging.getLogger("assets").debug("logging works")
    server.replies["*"] = lambda asked: Answer(
        json.dumps({s: s for s in [echo(asked), *ALL]}).encode() + b" " * len(server.asked),
        headers={"etag": asked.target, "last-modified": quote(asked.query["k"]), "date": asked.target},
    )
    asking = service("echo", secrets=dict.fromkeys(KEYS, "V"), page_size=1000)
    with Client(asking, server.base, Secrets(KEYS)) as client:
        pulled = pull.pull(client, asking, None)
        clean(repr(client) + repr(client.secrets) + repr(vars(client.service)))
    assert pulled.failure is None
    (asked,) = server.asked
    assert asked.path == f"/p/{KEYS['one']}/data"  # it did arrive, each as it is
    assert asked.query == {"k": KEYS["two"], "t": KEYS["three"], "o": KEYS["one"]}
    assert asked.headers["x-three"] == KEYS["three"]
    content, headers = archive.pack(pulled.pages)
    clean(content.decode("utf-8"))
    clean(json.dumps(headers))
    clean(json.dumps(headers, ensure_ascii=False))
    clean(repr(pulled))
    assert "<one>" in repr(pulled)
    assert "logging works" in caplog.text
    clean(caplog.text)


KEY = "Zk3/p+Q9=wé-4d6bA1c2"
RAW = KEY.encode()
WRITTEN: dict[str, bytes] = {
    "in capital letters": KEY.upper().encode(),
    "in small letters": KEY.lower().encode(),
    "backwards": RAW[::-1] if KEY.isascii() else KEY[::-1].encode(),
    "base64": base64.b64encode(RAW),
    "base64 for addresses": base64.urlsafe_b64encode(RAW),
    "base64 after a user": base64.b64encode(b"user:" + RAW),
    "base64 in the middle of a header": base64.b64encode(b"Basic x " + RAW + b" and more"),
    "base64 in lines": base64.encodebytes(b"x" * 50 + RAW),
    "base64 of UTF-16": base64.b64encode(KEY.encode("utf-16-le")),
    "base64, percent-encoded": quote(base64.b64encode(b"u:" + RAW), safe="").encode(),
    "base64 in JSON": json.dumps(base64.b64encode(b"u:" + RAW).decode()).replace("/", "\\/").encode(),
    "base64 of the encoded key": base64.b64encode(quote(KEY, safe="").encode()),
    "base64 in UTF-16": base64.b64encode(RAW).decode().encode("utf-16"),
    "hexadecimal": RAW.hex().encode(),
    "hexadecimal in capitals": RAW.hex().upper().encode(),
    "hexadecimal with colons": RAW.hex(":").encode(),
    "hexadecimal with spaces": RAW.hex(" ").upper().encode(),
    "hexadecimal of UTF-16": KEY.encode("utf-16-le").hex().encode(),
    "hexadecimal in UTF-16": RAW.hex().encode().decode().encode("utf-16-be"),
    "each sign percent-encoded": "".join(f"%{byte:02X}" for byte in RAW).encode(),
    "each sign percent-encoded twice": "".join(f"%25{byte:02x}" for byte in RAW).encode(),
    "some signs percent-encoded": quote(KEY, safe="").replace("4d6b", "%34d%36b").encode(),
    "HTML entities": "".join(f"&#{ord(c)};" for c in KEY).encode(),
    "HTML entities in hexadecimal": "".join(f"&#x{ord(c):04X};" for c in KEY).encode(),
    "JSON escapes": "".join(f"\\u{ord(c):04x}" for c in KEY).encode(),
    "JSON escapes in JSON": "".join(f"\\\\u{ord(c):04X}" for c in KEY).encode(),
    "escapes of C": "".join(f"\\x{byte:02x}" for byte in RAW).encode(),
    "UTF-16": KEY.encode("utf-16"),
    "UTF-16, the other order": b"\xfe\xff" + KEY.encode("utf-16-be"),
    "UTF-16 from an odd place": b"x" + KEY.encode("utf-16-le"),
    "UTF-16, percent-encoded": quote(KEY, safe="").encode("utf-8").decode().encode("utf-16-le"),
    "UTF-16, as JSON": json.dumps(KEY).encode().decode().encode("utf-16-be"),
}


def legible(content: bytes) -> str:
    """What somebody would find who undoes what systems do to texts."""
    texts = [content.decode("utf-8", "replace"), content.replace(b"\0", b"").decode("utf-8", "replace")]
    for text in list(texts):
        undone = unquote(unquote(html.unescape(text)))
        undone = re.sub(r"\\+(?:u|x)([0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), undone)
        texts += [undone, undone[::-1]]
        for piece in re.findall(r"[A-Za-z0-9+/_=-]{12,}", re.sub(r"\s|\\", "", unquote(text))):
            for cut in range(4):
                whole = piece[cut:].replace("-", "+").replace("_", "/").replace("=", "")
                whole = whole[:-1] if len(whole) % 4 == 1 else whole
                decoded = base64.b64decode(whole + "=" * (-len(whole) % 4))
                texts.append(decoded.replace(b"\0", b"").decode("latin-1"))
        for piece in re.findall(r"[0-9A-Fa-f]{16,}", re.sub(r"[\s:]", "", text)):
            raw = bytes.fromhex(piece[: len(piece) // 2 * 2])
            texts.append(raw.replace(b"\0", b"").decode("latin-1"))
    return "\n".join(texts).lower()


@pytest.mark.holds(
    "attack 9",
    "A service that repeats its key in base64 (any alignment), hexadecimal, percent-encoded, as HTML entities, JSON "
    "escapes, UTF-16, backwards or in other letters: it is taken out before anything is written.",
)
@pytest.mark.parametrize("how", WRITTEN)
def test_a_key_that_is_written_in_another_way_does_not_land(server: Loopback, how: str) -> None:
    core = "4d6ba1c2"
    assert core in legible(WRITTEN[how])  # who looks for it would find it
    wide = b"\0" in WRITTEN[how]
    content = WRITTEN[how] if wide else b'{"error": "' + WRITTEN[how] + b'", "k": 1}'
    server.replies["*"] = Answer(content)
    asking = service("echo", secrets=dict.fromkeys(KEYS, "V"))
    with Client(asking, server.base, Secrets(KEYS | {"one": KEY})) as client:
        pulled = pull.pull(client, asking, None)
    packed, headers = archive.pack(pulled.pages)
    assert len(pulled.pages) == 1  # it lands, as evidence
    for text in (packed, json.dumps(headers).encode(), str(pulled.failure).encode(), repr(pulled).encode()):
        assert core not in legible(text), how
    assert (b"<\0o\0n\0e\0>" if wide else b"<one>") in packed


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_key_in_a_packed_file_is_refused_and_nothing_lands(server: Loopback, kind: str) -> None:
    content = b"a,b\n1," + base64.b64encode(b"u:" + RAW) + b"\n"
    server.replies["*"] = Answer(gzip.compress(content) if kind == "gz" else zipped({"a.csv": content}))
    asking = service("echo", secrets=dict.fromkeys(KEYS, "V"), attempts=3)
    with Client(asking, server.base, Secrets(KEYS | {"one": KEY})) as client:
        pulled = pull.pull(client, asking, None)
    assert pulled.failure is not None
    assert (pulled.failure.code, pulled.pages) == ("SERVICE-KEY", [])
    assert len(server.asked) == 1


def test_what_only_looks_like_a_short_key_stays() -> None:
    content = base64.b64encode(b"abcd") + b" 61626364 &#97;bcd ABCD dcba"
    assert Secrets({"key": "abcd"}).hide_bytes(content) == content


def test_what_holds_no_key_stays_as_it_is() -> None:
    secrets = Secrets(KEYS | {"long": KEY})
    for content in (bytes(range(256)) * 40, "서울 &#39;%3A%EC \\u0041".encode(), "x\0é".encode("utf-16") * 9, b""):
        assert secrets.hide_bytes(content) == content


def test_every_spelling_is_hidden_and_nothing_else() -> None:
    secrets = Secrets(KEYS)
    for name, value in KEYS.items():
        for spelling in spellings(value):
            assert secrets.hide(f"[{spelling}]") == f"[<{name}>]"
            assert secrets.hide_bytes(f"[{spelling}]".encode()) == f"[<{name}>]".encode()
    text = "a/b+c=%&é and 0123456789 stay"
    assert secrets.hide(text) == text
    assert repr(secrets) == "Secrets(one, three, two)"
    assert secrets.hide_bytes("a/b+c=%&é {x}0123456789".encode("latin-1")) == b"<one>"


def test_a_key_that_begins_like_another_is_hidden_whole() -> None:
    assert Secrets({"short": "abcd", "long": "abcdefgh"}).hide("abcdefgh abcd") == "<long> <short>"


def test_a_hidden_link_is_made_a_request_again() -> None:
    secrets = Secrets({"key": "s3cret"})
    assert secrets.templates(secrets.hide("data?k=s3cret&p=2")) == "data?k={key}&p=2"


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MADANG_TEST_KEY_A", raising=False)
    monkeypatch.setenv("MADANG_TEST_KEY_B", "  ")
    with pytest.raises(PermanentFailure) as caught:
        from_environment({"a": "MADANG_TEST_KEY_A", "b": "MADANG_TEST_KEY_B"}, "air 2026-03-09")
    assert caught.value.code == "SECRET-MISSING"
    assert "MADANG_TEST_KEY_A" in caught.value.what
    assert "MADANG_TEST_KEY_B" in caught.value.what
    assert isinstance(caught.value, FeedFailure)


def test_an_encoded_key_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_TEST_KEY_A", " ab%2Bcd%3D%3D\n")
    assert from_environment({"a": "MADANG_TEST_KEY_A"}, "x").values == {"a": "ab+cd=="}


def test_the_simulated_city_is_sent_no_real_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_TEST_KEY_A", "real")
    assert simulated({"a": "MADANG_TEST_KEY_A"}).values == {"a": "simulated-key"}
