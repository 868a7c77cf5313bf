"""What failed last night, in Markdown: everything an engineer asks for, shown at once, whatever the texts are."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import runbook
from pipelines.cli import render, shown_status
from pipelines.last_night import LONGEST_BLOCK, NOTHING, blocks, headline, sections
from pipelines.runbook import FILE, Section
from pipelines.status import BrokenRule, TableStatus

RUN = str(UUID(int=7))
FEED = TableStatus("seoul", "core", "sdot_env", date(2026, 11, 27), "PASS")
CLOSED = replace(
    FEED,
    verdict="BLOCK",
    days_in_a_row=2,
    since=date(2026, 11, 26),
    last_good=date(2026, 11, 25),
    run_id=RUN,
    rules=[BrokenRule("SDOT-hot", "no street is hotter than 45", "SDOT-hot no street is hotter than 45: found 133")],
    metrics=["Noise by day", "Dust"],
)
LATE = replace(FEED, table_name="bikes", not_come=date(2026, 11, 27), since=date(2026, 11, 27), metrics=["Dust"])


def test_a_closed_gate_is_told_with_all_that_one_asks_for():
    (name, told), *others = blocks([FEED, CLOSED]).items()
    assert (name, others) == ("seoul core.sdot_env", [])
    assert told.startswith("**BLOCK for 2026-11-27, closed 2 days, since 2026-11-26; last good day: 2026-11-25**")
    assert "\n- SDOT-hot no street is hotter than 45: found 133\n" in told
    assert "Metrics made of it: Noise by day; Dust." in told
    assert f"[Run](/runs/{RUN}) · [Runbook: A gate closed: BLOCK](/assets/madang/runbook/gate_closed)" in told


def test_the_terminal_names_all_metrics(capsys: pytest.CaptureFixture[str]):
    titles = [f"Metric {number}" for number in range(9)]
    render.console().print(shown_status.troubles([replace(CLOSED, metrics=titles)], [], NOTHING))
    assert f"metrics made of it: {'; '.join(titles)}\n" in capsys.readouterr().out


def test_one_sentence_counts_what_is_wrong():
    assert headline([FEED]) == NOTHING
    earlier = replace(FEED, closed_before=["2026-11-21", "2026-11-27"])  # the last night may have been about such a day
    assert headline([FEED, earlier]).startswith(NOTHING)
    assert headline([earlier]).endswith("2026-11-21, 2026-11-27.")
    assert headline([CLOSED, LATE]) == "1 gate is closed, 1 feed did not come; 2 metrics may lack a value."
    assert headline([FEED], ["pack x cannot be read"]) == "1 pack or feed cannot be read."


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (FEED, []),
        (CLOSED, [Section.GATE_CLOSED]),
        (replace(FEED, verdict="ERROR"), [Section.GATE_COULD_NOT_JUDGE]),
        (replace(FEED, verdict="UNKNOWN"), [Section.GATE_COULD_NOT_JUDGE]),
        (replace(FEED, verdict="NONE"), [Section.MISSING]),
        (LATE, [Section.MISSING]),
        (replace(FEED, deliveries_failed=1, failure_codes=["SERVICE-DOWN"]), [Section.SERVICE]),
        (replace(FEED, deliveries_failed=2, failure_codes=["FILE-HTML", "SECRET-MISSING"]),
         [Section.SERVICE, Section.DELIVERY_FAILED]),
        (replace(FEED, deliveries_failed=1), [Section.DELIVERY_FAILED]),
        (replace(FEED, unfinished=True), [Section.UNFINISHED]),
        (replace(FEED, outside=["a.csv: 3 rows of 2062"]), [Section.OTHER_DAYS]),
    ],
)  # fmt: skip
def test_every_kind_of_trouble_has_its_section(row: TableStatus, wanted: list[Section]):
    assert sections(row) == wanted
    assert bool(wanted) == row.is_trouble


TEXT = st.text(max_size=3_000)


@settings(deadline=None, max_examples=50)
@given(texts=st.lists(TEXT, max_size=9), title=TEXT, run=st.one_of(st.none(), TEXT))
def test_a_block_is_shown_at_once_and_leads_nowhere_else(texts: list[str], title: str, run: str | None):
    rules = [BrokenRule(text, text, text) for text in texts]
    (told,) = blocks([replace(CLOSED, rules=rules, failures=texts, metrics=[title] * 9, run_id=run)]).values()
    assert len(told) < LONGEST_BLOCK
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", told)
    assert links == [Section.GATE_CLOSED.address]


def test_every_section_stands_in_the_runbook_and_is_a_page():
    headings = re.findall(r"^## (.+)$", FILE.read_text("utf-8"), flags=re.MULTILINE)
    pages = {spec.key: spec.description or "" for spec in runbook.pages()}
    for section in Section:
        assert section.value in headings
        assert len(pages[section.key]) > 200
        assert not re.search(r"\]\([^)]", pages[section.key]), "a link would lead out of these pages"
