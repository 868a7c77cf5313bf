"""How fast the rows of a service's replies become text: Madang's way beside the least work, in one run.

    .venv/bin/python benchmarks/parse_replies.py [pages]

A page has 1,000 rows, as Seoul's portal gives at most; the shape is that of CardSubwayStatsNew (six fields, two of
them numbers). The least work decodes and puts columns together, without looking whether rows are alike, nested or
empty. Both ways end in a Polars frame of texts. CPU seconds of this process and its threads.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import polars as pl

from assets.readers import json_reply

ROWS = 1_000


def page(number: int) -> bytes:
    rows = [
        {
            "USE_YMD": "20260801",
            "SBWY_ROUT_LN_NM": f"{number % 9 + 1}호선",
            "SBWY_STNS_NM": f"역{number}-{i}",
            "GTON_TNOPE": 52_929.0 + i,
            "GTOFF_TNOPE": 50_606.0 + i,
            "REG_YMD": "20260804",
        }
        for i in range(ROWS)
    ]
    result = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다"}
    body = {"CardSubwayStatsNew": {"list_total_count": ROWS, "RESULT": result, "row": rows}}
    return json.dumps(body, ensure_ascii=False).encode()


def madang(content: bytes) -> pl.DataFrame:
    envelope = json_reply.objects(json_reply.objects(content)["CardSubwayStatsNew"])
    json_reply.array(envelope["row"])  # counted before any row is read, as pulls do
    return json_reply.text_rows(envelope["row"], "page").frame


def plain(content: bytes) -> pl.DataFrame:
    rows = json.loads(content, parse_float=str, parse_int=str)["CardSubwayStatsNew"]["row"]
    return pl.DataFrame({name: [row[name] for row in rows] for name in rows[0]})


def rate(way: Callable[[bytes], pl.DataFrame], pages: list[bytes]) -> float:
    way(pages[0])
    started = time.process_time()
    found = sum(way(content).height for content in pages)
    assert found == ROWS * len(pages)
    return found / (time.process_time() - started)


def main() -> None:
    pages = [page(number) for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)]
    fast, slow = rate(madang, pages), rate(plain, pages)
    print(f"Madang {fast:,.0f} rows per CPU-second, the least work {slow:,.0f}: {fast / slow:.2f} of it")


if __name__ == "__main__":
    main()
