"""Paging and its traps, and the bundle: nothing lost, nothing twice, nothing half."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.connectors import archive, paging
from assets.connectors import pull as pulls
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, FetchedPage, Page, Reply
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from assets.readers.rows import LINE
from quality.contract.connector import Service
from tests.support.loopback import Answer, Asked, Loopback, service

DAY = date(2026, 3, 9)
ROWS = [{"ID": f"r{number:03d}"} for number in range(100)]


def seoul(name: str = "Air", **more: Any) -> Service:
    return service("seoul_openapi", {"service": name} | more.pop("ask", {}), **more)


def seoul_page(rows: Sequence[Any], total: int | None, root: str = "Air") -> bytes:
    inner = {"RESULT": {"CODE": "INFO-000", "MESSAGE": ""}, "row": rows}
    return json.dumps({root: inner | ({} if total is None else {"list_total_count": total})}).encode()


def between(asked: Asked) -> tuple[int, int]:
    first, last = asked.path.split("/")[4:6]
    return int(first) - 1, int(last)


def plaza(rows: Sequence[Any], total: int | None = None) -> Any:
    """A Seoul service with these rows."""

    def answer(asked: Asked) -> Answer:
        first, last = between(asked)
        return Answer(seoul_page(rows[first:last], len(rows) if total is None else total))

    return answer


def pull(server: Loopback, asking: Service, day: date | None = DAY, known: Any = None) -> pulls.PullResult:
    with Client(asking, server.base, Secrets(dict.fromkeys(asking.secrets, "k"))) as client:
        return pulls.pull(client, asking, day, known)


def ids(pulled: pulls.PullResult, asking: Service, column: str = "ID") -> list[str]:
    content, _ = archive.pack(pulled.pages)
    return [i for raw in archive.read_pages("x", content, asking) for i in raw.frame[column].to_list()]


def good(pulled: pulls.PullResult) -> pulls.PullResult:
    assert pulled.failure is None, pulled.failure
    return pulled


def fails(pulled: pulls.PullResult, code: str, kind: type[FeedFailure]) -> FeedFailure:
    assert pulled.failure is not None
    assert (pulled.failure.code, type(pulled.failure)) == (code, kind)
    return pulled.failure


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize(("size", "pages"), [(101, 1), (50, 2), (33, 4), (1, 100)])
def test_all_pages_in_order(server: Loopback, parallel: int, size: int, pages: int) -> None:
    asking = seoul(page_size=size, parallel=parallel)
    server.replies["*"] = plaza(ROWS)
    pulled = good(pull(server, asking))
    assert ids(pulled, asking) == [row["ID"] for row in ROWS]
    assert (pulled.requests, pulled.rows, len(pulled.pages)) == (pages, 100, pages)


def test_no_page_is_larger_than_the_service_allows(server: Loopback) -> None:
    server.replies["*"] = plaza(ROWS)
    good(pull(server, seoul(page_size=5000)))
    assert between(server.asked[0]) == (0, 1000)


@pytest.mark.parametrize("rows", [99, 100])
def test_a_total_that_repeats_the_page_size_is_not_believed(server: Loopback, rows: int) -> None:
    def bikes(asked: Asked) -> Answer:
        first, last = between(asked)
        part = ROWS[:rows][first:last]
        return Answer(seoul_page(part, len(part), "rentBikeStatus") if part else b"{}")

    server.replies["*"] = bikes
    asking = seoul(ask={"service": "bikeList", "root": "rentBikeStatus", "total": False}, page_size=50, parallel=3)
    pulled = good(pull(server, asking))
    assert ids(pulled, asking) == [row["ID"] for row in ROWS[:rows]]
    assert len(server.asked) == 3  # up to an empty page
    believed = seoul(ask={"service": "bikeList", "root": "rentBikeStatus"}, page_size=50)
    failure = pull(server, believed).failure
    assert failure is not None
    assert failure.code == ("SERVICE-SHRANK" if rows == 99 else "SERVICE-TOTAL")
    assert "total: false" in failure.hint


def test_a_key_missing_on_a_page_in_the_middle_is_a_failure_where_the_total_is_known(server: Loopback) -> None:
    server.replies["*"] = [Answer(seoul_page(ROWS[:50], 100)), Answer(b"{}")]
    fails(pull(server, seoul(page_size=50)), "SERVICE-SHAPE", PermanentFailure)


@pytest.mark.parametrize("parallel", [1, 3])
def test_the_same_page_again(server: Loopback, parallel: int) -> None:
    server.replies["*"] = Answer(seoul_page(ROWS[:10], 100))
    pulled = pull(server, seoul(page_size=10, parallel=parallel))
    assert "page 2" in fails(pulled, "SERVICE-PAGE-TWICE", TransientFailure).what
    assert len(pulled.pages) == 1
    assert len(server.asked) <= 1 + parallel  # the rest is not asked for any more


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_server_that_clips_loses_nothing(server: Loopback, parallel: int) -> None:
    def clips(asked: Asked) -> Answer:
        first, last = between(asked)
        return Answer(seoul_page(ROWS[first : min(last, first + 32)], 100))

    server.replies["*"] = clips
    asking = seoul(page_size=50, parallel=parallel)
    assert ids(good(pull(server, asking)), asking) == [row["ID"] for row in ROWS]


def test_a_server_that_clips_only_its_first_page_gives_no_row_twice(server: Loopback) -> None:
    def clips(asked: Asked) -> Answer:
        first, last = between(asked)
        return Answer(seoul_page(ROWS[first : min(last, 32) if first == 0 else last], 100))

    server.replies["*"] = clips
    asking = seoul(page_size=50, parallel=3)
    assert ids(good(pull(server, asking)), asking) == [row["ID"] for row in ROWS]


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_total_that_shrinks(server: Loopback, parallel: int) -> None:
    def shrinks(asked: Asked) -> Answer:
        first, last = between(asked)
        return Answer(seoul_page(ROWS[first:last], 100 if first == 0 else 99))

    server.replies["*"] = shrinks
    failure = fails(pull(server, seoul(page_size=50, parallel=parallel)), "SERVICE-SHRANK", TransientFailure)
    assert "100 to 99" in failure.what


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_total_that_grows_at_its_end_is_followed(server: Loopback, parallel: int) -> None:
    def grows(asked: Asked) -> Answer:
        first, last = between(asked)
        return Answer(seoul_page(ROWS[first : min(last, 70)], 40 if first == 0 else 70))

    server.replies["*"] = grows
    asking = seoul(page_size=20, parallel=parallel)
    assert ids(good(pull(server, asking)), asking) == [row["ID"] for row in ROWS[:70]]


@pytest.mark.parametrize("parallel", [1, 3])
def test_promised_more_than_given(server: Loopback, parallel: int) -> None:
    server.replies["*"] = plaza(ROWS, total=150)
    pulled = pull(server, seoul(page_size=40, parallel=parallel))
    assert "150 rows and gave 100" in fails(pulled, "SERVICE-SHORT", TransientFailure).what
    assert pulled.rows == 100  # kept as evidence


@pytest.mark.parametrize("parallel", [1, 3])
def test_endless_paging_is_bounded(server: Loopback, parallel: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_PAGES", 5)
    server.replies["*"] = lambda asked: Answer(seoul_page([{"ID": str(between(asked)[0])}], 10**9))
    fails(pull(server, seoul(page_size=1, parallel=parallel)), "SERVICE-ENDLESS", PermanentFailure)
    assert len(server.asked) <= 6


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_failure_on_a_later_page_keeps_what_came_and_asks_no_more(server: Loopback, parallel: int) -> None:
    def breaks(asked: Asked) -> Answer:
        first, last = between(asked)
        return Answer(b"", 404) if first >= 10 else Answer(seoul_page(ROWS[first:last], 100))

    server.replies["*"] = breaks
    pulled = pull(server, seoul(page_size=5, parallel=parallel))
    fails(pulled, "SERVICE-REQUEST", PermanentFailure)
    *came, refused = pulled.pages  # what was refused is kept as well: it says what went wrong
    assert [got.page.number for got in came] == [1, 2]
    assert (refused.reply.status, refused.envelope.rows) == (404, 0)
    assert len(server.asked) <= 1 + 2 * parallel


@pytest.mark.parametrize("parallel", [1, 4])
def test_different_questions_with_one_answer(server: Loopback, parallel: int) -> None:
    server.replies["*"] = Answer(seoul_page(ROWS[:3], 3))
    asking = seoul(ask={"service": "Air", "arguments": ["{day:%Y%m%d}", "{hour:02d}"]}, hours=(0, 1), parallel=parallel)
    failure = fails(pull(server, asking), "SERVICE-SAME-ANSWER", PermanentFailure)
    assert "00h" in failure.what
    assert "01h" in failure.where


def test_empty_answers_to_different_questions_are_not_the_same_answer(server: Loopback) -> None:
    server.replies["*"] = Answer(b'{"RESULT": {"CODE": "INFO-200", "MESSAGE": "none"}}')
    pulled = good(pull(server, seoul(ask={"service": "Air", "arguments": ["{each}"]}, each=("a", "b"))))
    assert (pulled.rows, len(pulled.pages)) == (0, 2)


def test_questions_are_asked_in_parallel_and_kept_in_order(server: Loopback) -> None:
    together = threading.Barrier(3, timeout=300)

    def answer(asked: Asked) -> Answer:
        together.wait()  # only three at a time come through
        return Answer(seoul_page([{"ID": asked.path.split("/")[-1]}], 1))

    server.replies["*"] = answer
    asking = seoul(ask={"service": "Air", "arguments": ["{each}"]}, each=("c", "a", "중구 b"), parallel=3)
    pulled = good(pull(server, asking))
    assert ids(pulled, asking) == ["c", "a", "중구 b"]
    assert [str(got.ask) for got in pulled.pages] == ["2026-03-09 c", "2026-03-09 a", "2026-03-09 중구 b"]


def test_the_first_failed_question_ends_the_pull(server: Loopback) -> None:
    server.replies["*"] = lambda asked: (
        Answer(b"", 404) if asked.path.endswith("b") else Answer(seoul_page([{"ID": asked.path[-1]}], 1))
    )
    pulled = pull(server, seoul(ask={"service": "Air", "arguments": ["{each}"]}, each=("a", "b", "c")))
    assert fails(pulled, "SERVICE-REQUEST", PermanentFailure).where == "seoul_openapi 2026-03-09 b"
    assert [(str(got.ask), got.reply.status) for got in pulled.pages] == [("2026-03-09 a", 200), ("2026-03-09 b", 404)]
    assert len(server.asked) == 2


def test_only_changes_are_asked_for_once_a_validator_is_known(server: Loopback) -> None:
    server.replies["*"] = Answer(b"", 304)
    pulled = good(pull(server, seoul(), None, {"etag": '"v1"', "last-modified": "Mon, 09 Mar 2026 00:00:00 GMT"}))
    assert pulled.unchanged
    assert pulled.rows == 0
    assert server.asked[0].headers["if-none-match"] == '"v1"'
    assert server.asked[0].headers["if-modified-since"] == "Mon, 09 Mar 2026 00:00:00 GMT"


def test_validators_of_one_question_are_not_used_for_several(server: Loopback) -> None:
    server.replies["*"] = lambda asked: Answer(seoul_page([{"ID": asked.path[-1]}], 1), headers={"ETag": '"1"'})
    asking = seoul(ask={"service": "Air", "arguments": ["{each}"]}, each=("a", "b"))
    pulled = good(pull(server, asking, None, {"etag": '"v1"'}))
    assert all("if-none-match" not in asked.headers for asked in server.asked)
    assert "etag" not in archive.pack(pulled.pages)[1]


def test_the_same_pages_make_the_same_bytes(server: Loopback) -> None:
    asking = seoul(page_size=30)
    server.replies["*"] = plaza(ROWS)
    first, second = good(pull(server, asking)), good(pull(server, asking))
    assert archive.pack(first.pages)[0] == archive.pack(second.pages)[0]
    content, headers = archive.pack(first.pages)
    assert [name for name, *_ in archive._members("x", content)] == [f"{n:05d} 2026-03-09" for n in range(1, 5)]
    assert json.loads(headers["00001 2026-03-09"])["status"] == 200


def test_lines_count_through_all_pages(server: Loopback) -> None:
    rows: list[Any] = [*ROWS[:5], "no object", {"ID": None}, *ROWS[5:]]
    server.replies["*"] = plaza(rows)
    for size in (1000, 7, 6, 3):
        asking = seoul(page_size=size)
        content, _ = archive.pack(good(pull(server, asking)).pages)
        found = archive.read_pages("x", content, asking)
        lines = [line for raw in found for line in raw.frame[LINE].to_list()]
        assert lines == [n for n in range(1, 103) if n not in (6, 7)]
        assert [line for raw in found for line in raw.rejects["line"].to_list()] == [6]


def test_a_bundle_without_rows_is_a_failure_and_a_saved_reply_is_read_just_so() -> None:
    asking = seoul()
    with pytest.raises(PermanentFailure, match="FILE-NO-ROWS"):
        archive.read_pages("saved", b'{"RESULT": {"CODE": "INFO-200"}}', asking)
    (raw,) = archive.read_pages("saved.json", seoul_page(ROWS, 100), asking)
    assert raw.frame["ID"].to_list() == [row["ID"] for row in ROWS]


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[1]", b'{"Air": 1', b"\xff\xfe", b'{"RESULT":{"CODE":"INFO-100"}}']
)
def test_a_saved_file_that_is_no_reply_is_a_failure(content: bytes) -> None:
    with pytest.raises(FeedFailure):
        archive.read_pages("saved.json", content, seoul())


def test_rows_know_what_was_asked_for_and_when(server: Loopback) -> None:
    server.replies["*"] = lambda asked: Answer(
        seoul_page([{"ID": asked.path[-1]}], 1), headers={"Date": "Sun, 08 Mar 2026 15:30:00 GMT"}
    )
    asking = seoul(ask={"service": "Air", "arguments": ["{each}"]}, each=("중구 b", "12", "a/"), stamped=True)
    with Client(asking, server.base, Secrets({})) as client:
        pulled = good(pulls.pull(client, asking, DAY))
    content, _ = archive.pack(pulled.pages, ZoneInfo("Asia/Seoul"))
    rows = [row for raw in archive.read_pages("x", content, asking) for row in raw.frame.rows(named=True)]
    assert [row["_each"] for row in rows] == ["중구 b", "12", "a/"]
    assert {row["_asked_at"] for row in rows} == {"2026-03-09T00:30:00"}  # the service's Date where the city is


def test_a_moment_is_written_in_the_time_of_the_city() -> None:
    asking = seoul(stamped=True)

    def stamp(date_header: str, *zone: ZoneInfo) -> str:
        reply = Reply(200, {"date": date_header}, seoul_page(ROWS[:1], 1), "label")
        content, _ = archive.pack([FetchedPage(Ask(asking), Page(), reply, Envelope(1, 1))], *zone)
        ((_, _, noted),) = archive._members("x", content)
        return noted[archive.ASKED_AT]

    late = "Sun, 08 Mar 2026 15:30:01 GMT"
    assert stamp(late) == "2026-03-08T15:30:01"
    assert stamp(late, ZoneInfo("Asia/Seoul")) == "2026-03-09T00:30:01"
    assert stamp("Tue, 30 Jun 2026 22:30:00 GMT", ZoneInfo("Europe/Berlin")) == "2026-07-01T00:30:00"
    assert stamp("Wed, 31 Dec 2025 22:30:00 GMT", ZoneInfo("Europe/Berlin")) == "2025-12-31T23:30:00"
    assert stamp("Sun, 08 Mar 2026 16:30:01 +0100", ZoneInfo("Asia/Seoul")) == "2026-03-09T00:30:01"


# --- links


def sta(link: str | None, rows: Sequence[Any], count: int | None = None) -> Answer:
    body = (
        {"value": rows} | ({"@iot.nextLink": link} if link else {}) | ({} if count is None else {"@iot.count": count})
    )
    return Answer(json.dumps(body).encode())


LINKED = service("sensorthings", {"path": "v1.1/Observations", "query": {"$filter": "a eq 'b/c'"}})


def observations(*numbers: int) -> list[dict[str, int]]:
    return [{"@iot.id": number} for number in numbers]


@pytest.mark.parametrize(
    "link",
    [
        "{base}/v1.1/Observations?$skip=2&$filter=a%20eq%20%27b%2Fc%27",
        "http://city.example.org/v1.1/Observations?$skip=2&$filter=a+eq+%27b%2Fc%27",
        "https://city.example.org/v1.1/Observations?$filter=a%20eq%20%27b%2Fc%27&%24skip=2",
        "http://CITY.example.org:80/v1.1/Observations?$skip=2&$filter=a%20eq%20%27b%2Fc%27",
        "/v1.1/Observations?$skip=2&$filter=a%20eq%20%27b%2Fc%27",
        "Observations?$skip=2&$filter=a%20eq%20%27b%2Fc%27",
        "?$skip=2&$filter=a%20eq%20%27b%2Fc%27",
        "/v1.1/%4Fbservations?$skip=2&$filter=a%20eq%20%27b%2Fc%27",
    ],
)
def test_a_link_is_followed_to_the_same_resource_with_the_same_filters(server: Loopback, link: str) -> None:
    def answer(asked: Asked) -> Answer:
        if "$skip" in asked.query:
            return sta(None, observations(3), 3)
        return sta(link.format(base=server.base), observations(1, 2), 3)

    server.replies["*"] = answer
    pulled = good(pull(server, LINKED))
    assert ids(pulled, LINKED, "@iot.id") == ["1", "2", "3"]
    assert server.asked[1].query == {"$skip": "2", "$filter": "a eq 'b/c'"}
    assert server.asked[1].path == "/v1.1/Observations"


FILTER = "$filter=a%20eq%20%27b%2Fc%27"


@pytest.mark.parametrize(
    "link",
    [
        f"http://evil.example.org/v1.1/Observations?$skip=2&{FILTER}",
        f"//evil.example.org/v1.1/Observations?{FILTER}",
        f"http://city.example.org@evil.example.org/v1.1/Observations?{FILTER}",
        f"http://city.example.org.evil.org/v1.1/Observations?{FILTER}",
        f"http://city.example.org:8080/v1.1/Observations?{FILTER}",
        "http://city.example.org\\@evil.example.org/v1.1",
        "http://[broken/v1.1",
        "http://city.example.org:port/v1.1",
        "file:///etc/passwd",
        f"/v1.1/Things?$skip=2&{FILTER}",  # another resource
        f"/v1.1/Datastreams(2)/Observations?$skip=2&{FILTER}",
        f"/v1.1/Observations/../Things?$skip=2&{FILTER}",
        f"/admin/v1.1/Observations?$skip=2&{FILTER}",
        "/v1.1/Observations?$skip=2",  # without the filter
        "/v1.1/Observations?$skip=2&$filter=a%20eq%20%27x%27",
        f"/v1.1/Observations?$skip=2&{FILTER}&{FILTER}",
        f"/v1.1/Observations?$skip=2&{FILTER}&$expand=Datastream",
    ],
)
@pytest.mark.parametrize("count", [None, 3])
def test_a_link_to_anything_else_is_not_followed(server: Loopback, link: str, count: int | None) -> None:
    server.replies["*"] = sta(link, observations(1), count)
    failure = fails(pull(server, LINKED), "SERVICE-LINK", PermanentFailure)
    assert "evil" not in str(failure)
    assert len(server.asked) == 1


@pytest.mark.parametrize("rows", [observations(1), []])
def test_a_link_to_itself_does_not_go_on_for_ever(server: Loopback, rows: Any) -> None:
    server.replies["*"] = sta(f"/v1.1/Observations?$skip=1&{FILTER}", rows)
    failure = pull(server, LINKED).failure
    assert failure is not None
    assert failure.code == ("SERVICE-PAGE-TWICE" if rows else "SERVICE-ENDLESS")
    assert len(server.asked) <= 2


@pytest.mark.parametrize(("count", "requests"), [(3, 2), (None, 3), (9, 3)])
def test_links_for_ever_end_at_the_count_or_at_an_empty_page(
    server: Loopback, count: int | None, requests: int
) -> None:
    def answer(asked: Asked) -> Answer:
        skip = int(asked.query.get("$skip", "0"))
        link = f"{server.base}/v1.1/Observations?$top=2&$skip={skip + 2}&{FILTER}"
        return sta(link, observations(1, 2, 3)[skip : skip + 2], count)

    server.replies["*"] = answer
    pulled = pull(server, LINKED)
    if count == 3:
        assert ids(good(pulled), LINKED, "@iot.id") == ["1", "2", "3"]
    else:
        fails(pulled, "SERVICE-ENDLESS", PermanentFailure)
    assert len(server.asked) == requests


def test_a_link_that_was_followed_before_ends_it(server: Loopback) -> None:
    def answer(asked: Asked) -> Answer:
        return sta(f"/v1.1/Observations?$skip=2&{FILTER}", observations(len(server.asked)))

    server.replies["*"] = answer
    fails(pull(server, LINKED), "SERVICE-ENDLESS", PermanentFailure)
    assert len(server.asked) == 2


def test_a_full_page_without_a_link_is_the_last_one(server: Loopback) -> None:
    server.replies["*"] = sta(None, observations(1, 2))
    for parallel in (1, 3):
        asking = service("sensorthings", {"path": "v1.1/Observations"}, page_size=2, parallel=parallel)
        assert good(pull(server, asking)).rows == 2
    server.replies["*"] = sta(None, observations(1, 2), 5)
    fails(pull(server, LINKED), "SERVICE-SHORT", TransientFailure)


def test_a_key_in_a_link_goes_to_the_service_and_nowhere_else(server: Loopback) -> None:
    server.replies["*"] = lambda asked: (
        sta(None, observations(2)) if "k" in asked.query else sta("/v1.1/Observations?k=s3cret%2Fkey", observations(1))
    )
    asking = service("sensorthings", {"path": "v1.1/Observations"}, secrets={"key": "V"})
    with Client(asking, server.base, Secrets({"key": "s3cret/key"})) as client:
        pulled = good(pulls.pull(client, asking, None))
    assert server.asked[1].query == {"k": "s3cret/key"}
    assert b"s3cret" not in archive.pack(pulled.pages)[0]


# --- whatever the rows, the page size and the clipping


class InMemory:
    """Stands in for the Client; the server is a function from the request's query to a reply."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.sent = answer, 0
        self.base, self.secrets = "http://city.example.org", Secrets({})

    def ask(self, request: Any, label: str, check: Any) -> Any:
        self.sent += 1
        reply = Reply(200, {}, json.dumps(self.answer(request)).encode(), label)
        return reply, check(reply)


VALUES = st.one_of(st.none(), st.text(max_size=5), st.integers(-(10**20), 10**20), st.booleans())


@given(
    values=st.lists(VALUES, max_size=40),
    size=st.integers(1, 45),
    clip=st.integers(1, 45),
    parallel=st.sampled_from([1, 3]),
    total=st.sampled_from(["exact", "estimated", "absent"]),
)
def test_every_row_once_and_in_order(values: list[Any], size: int, clip: int, parallel: int, total: str) -> None:
    rows = [{"_id": number, "v": value} for number, value in enumerate(values)]

    def ckan(request: Any) -> dict[str, Any]:
        limit, offset = min(int(request.query["limit"]), clip), int(request.query["offset"])
        result: dict[str, Any] = {"records": rows[offset : offset + limit], "limit": limit, "offset": offset}
        if total != "absent":
            result["total"] = len(rows) if total == "exact" else 7
            result["total_was_estimated"] = total == "estimated"
        return {"success": True, "result": result}

    asking = service("ckan", {"resource_id": "r"}, page_size=size, parallel=parallel)
    client = InMemory(ckan)
    pulled = good(pulls.pull(cast(Client, client), asking, None))
    assert client.sent <= len(rows) // min(size, clip) + 2
    assert pulled.rows == len(rows)
    if not rows:
        return
    content, _ = archive.pack(pulled.pages)
    found = archive.read_pages("x", content, asking)
    assert [int(i) for raw in found for i in raw.frame["_id"]] == list(range(len(rows)))
    assert [line for raw in found for line in raw.frame[LINE]] == list(range(1, len(rows) + 1))
    texts = [v for raw in found for v in (raw.frame["v"] if "v" in raw.frame.columns else [None] * raw.frame.height)]
    assert texts == [_text(value) for value in values]


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value)


def test_the_fake_client_is_like_the_real_one() -> None:
    """What the pull uses of a client, so that the property above does not test a fiction."""
    with Client(service(), "http://127.0.0.1:9", Secrets({})) as real:
        for name in ("ask", "sent", "base", "secrets"):
            assert hasattr(real, name)
            assert hasattr(InMemory(None), name)
    assert SimpleNamespace(**vars(InMemory(None))).sent == 0
