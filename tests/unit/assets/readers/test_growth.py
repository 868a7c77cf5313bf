"""What a reader does grows as the delivery does: twice as much of what is hostile is at most twice the work.

Work is counted in calls, of Python and of what is written in C, and not in seconds: it is the same on a busy machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from assets.failures import FeedFailure
from assets.personal.look import Looker
from assets.readers import json_reply
from assets.readers.read import read_members
from quality.contract.layout import Layout

LOOKER = Looker("KR", known=frozenset(), cleared=frozenset(), timetable=False)
PERSONS = ("place", "at", "lat", "lon")


def csv(content: bytes) -> None:
    LOOKER.personal(list(read_members("a.csv", content, Layout())))


def document(content: bytes) -> None:
    LOOKER.personal(list(read_members("a.json", content, Layout(kind="json"))))


def reply(content: bytes) -> None:
    LOOKER.personal([json_reply.text_rows(content, "page")])


def wide(n: int, name: str = "c{}", cell: str = "1", rows: int = 2) -> bytes:
    line = ",".join([cell] * n)
    return "\n".join([",".join(name.format(i) for i in range(n)), *[line] * rows]).encode()


def records(n: int, of_each: Callable[[int], Any]) -> bytes:
    return json.dumps([of_each(i) for i in range(n)]).encode()


SHAPES: dict[str, tuple[Callable[[bytes], None], Callable[[int], bytes]]] = {
    "columns": (csv, wide),
    "columns of words": (csv, lambda n: wide(n, "name of {}", "some words")),
    "columns without a name": (csv, lambda n: ("a" + "," * n + "\n1" + "," * n + "\n").encode()),
    "columns of one name": (csv, lambda n: wide(n, "c")),
    "columns of places and clocks": (
        csv,
        lambda n: wide(n, "place_{}", "x", 60) + wide(n, "place_{}", "12:31", 0),
    ),
    "columns of clocks": (csv, lambda n: wide(n, "t{}", "2026-03-02 12:31", 60)),
    "rows of too many fields": (csv, lambda n: b"a,b\n1,2\n" + b"1,2,3\n" * n),
    "quotes that never end": (csv, lambda n: b"a,b\n" + b'1,"x\n' * n),
    "empty lines": (csv, lambda n: b"\n" * n + b"a,b\n1,2\n" + b"\n" * n),
    "headers": (csv, lambda n: b"a,b\n" * n),
    "names in one record": (document, lambda n: records(1, lambda _: {f"k{i}": i for i in range(n)})),
    "lines": (document, lambda n: b'{"a": 1}\n' * n),
    "broken lines": (document, lambda n: b'{"a": 1}\n{"a":\n' * n + b'{"b": 1}\n{"b": 1}'),
    "open brackets": (document, lambda n: b"[" * n),
    "a name twice": (document, lambda n: b'[{"a": 1' + b', "a": 1' * n + b"}]"),
    "names in records of a reply": (reply, lambda n: records(3, lambda _: {f"k{i}": i for i in range(n)})),
    "objects in a reply": (reply, lambda n: records(2, lambda _: {f"k{i}": {"v": {"w": i}} for i in range(n)})),
}


def work(action: Callable[[bytes], None], content: bytes) -> int:
    """How many calls an action makes; a refusal is an end like any other."""
    calls = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action(content)
    except FeedFailure:
        pass
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.holds(
    "attack 7",
    "Headers, records, names, quotes and lines of twice the number are at most twice the work, also for the look for "
    "personal data, where 16,000 columns took minutes.",
)
@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_much_is_twice_the_work(shape: str) -> None:
    action, made = SHAPES[shape]
    work(action, made(10))  # what is done once
    once, twice = work(action, made(1000)), work(action, made(2000))
    assert twice <= 2.2 * once + 1000, (once, twice)


@pytest.mark.parametrize(
    ("action", "content"),
    [
        (csv, wide(30_000)),
        (document, records(1, lambda _: {f"k{i}": i for i in range(30_000)})),
        (document, records(8_000, lambda i: {f"k{i}": i})),
        (reply, records(8_000, lambda i: {f"k{i}": i})),
    ],
    ids=["columns", "names", "a staircase", "a staircase of a reply"],
)
def test_names_that_are_values_are_refused(action: Callable[[bytes], None], content: bytes) -> None:
    with pytest.raises(FeedFailure, match="values stand where names should"):
        action(content)
