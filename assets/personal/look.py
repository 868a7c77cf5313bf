"""A look at the rows of a delivery as they came, before anything of it is kept: is any of it about single persons?

Names of columns, texts, and who is where when. Every column is looked at, not those alone that a contract reads: what
lands is the whole file. A column is looked at by its different texts, of which a delivery of sensors has few.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.personal.found import ITS_NAME, Personal
from assets.personal.moving import moving
from assets.personal.names import Named, named_of_persons
from assets.personal.values import (
    EMAIL,
    MOBILE,
    RESIDENT,
    RESIDENT_FORM,
    SHARE,
    Form,
    at_a_glance,
    bare_mobile,
    forms_of,
    is_address_of_somebody,
    is_korean_company,
    is_korean_resident,
    korean_birth,
    plainly_written,
)
from assets.readers.rows import LINE, RawRows

_SAMPLED = 400  # texts that tell what a column is
_MOST_DIFFERENT = 300_000  # texts of a column that are looked at; of more, so many that lie evenly apart
_SHORTEST = 6  # bytes of the shortest text that may be anything: a@b.cd
_LEAST_NUMBER = 1e8  # no number of persons that was read as a number is smaller
_FIRST = 20
_HITS = 50_000
_NOTHING = frozenset({"", "-", "--", ".", "0", "0.0", "n/a", "na", "nan", "none", "null", "없음", "无", "無", "*"})


@dataclass(frozen=True)
class Looker:
    """What is known of a feed: the country of its city, names in its contract, and those that are no persons'."""

    country: str
    known: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()
    timetable: bool = False  # a plan has trips in place of persons
    contacts: int = 1  # so many different addresses or mobile numbers: a portal's message has one to write to

    def personal(self, members: Sequence[RawRows], part: str | None = None) -> Personal | None:
        """The first that is found in these rows. `part`: which part of the delivery they are."""
        for frame in _together(members):
            found = next(self.in_columns(frame, part), None)
            if found is not None:
                return found
        lost = [raw.rejects["text"] for raw in members if raw.rejects.height]
        return self.in_texts(pl.concat(lost), part or "a row that could not be read") if lost else None

    def in_columns(self, frame: pl.DataFrame, part: str | None = None) -> Iterator[Personal]:
        """What is found in the names of columns and in their values."""
        wanted = {name: at for at, name in enumerate(frame.columns, 1) if name != LINE and name not in self.cleared}
        header = _in_hits(wanted, self)  # a file that came without a header has values in its place
        if header is not None:
            yield Personal(header, part=part or "its header")
        schema = frame.schema  # made again at each use: asked for once a column, 16,000 columns took 160 s
        texts = _different(frame, [name for name in wanted if schema[name] == pl.String])
        noticed = _noticed(texts, self.country)
        for name, position in wanted.items():
            kind = self._kind(frame[name], texts.get(name), noticed.get(name, ()))
            if kind is not None:
                yield Personal(kind, position, self._shown(name), part)
        who = None if self.timetable else moving(frame, self.cleared)
        if who is not None:
            yield Personal(who[1], wanted[who[0]], self._shown(who[0]), part)

    def in_name(self, name: str, part: str = ITS_NAME) -> Personal | None:
        """What the name of a delivery says, which stands in the ledger, or that of something in it. What stands between
        words there is often an underscore."""
        kind = _in_hits([name, name.replace("_", " ")], self)
        return None if kind is None else Personal(kind, part=part)

    def alone_in_cells(self, frame: pl.DataFrame, part: str) -> Personal | None:
        """Cells that are one e-mail address and nothing else, but for those of offices."""
        for position, name in enumerate(frame.columns, 1):
            if name in self.cleared or name == LINE or frame.schema[name] != pl.String:
                continue
            cells = frame[name].filter(frame[name].str.contains("[@＠]").fill_null(value=False)).unique().head(_HITS)
            if any(is_address_of_somebody(plainly_written(cell).strip()) for cell in [*cells, name]):
                return Personal(EMAIL, position, self._shown(name), part)
        return None

    def noticed(self, text: str) -> bool:
        """Whether a document has a text somewhere that should be looked at."""
        return bool(pl.Series([text]).str.contains(at_a_glance(self.country))[0])

    def in_texts(self, texts: pl.Series, part: str) -> Personal | None:
        """What is found in texts that are no column, such as rows that could not be read."""
        hits = texts.filter(texts.str.contains(at_a_glance(self.country)).fill_null(value=False)).head(_HITS).to_list()
        kind = _in_hits(hits, self) if hits else None
        return None if kind is None else Personal(kind, part=part)

    def _shown(self, name: str) -> str | None:
        if name in self.known:
            return name
        said = named_of_persons(name)
        word = None if said is None else said.pattern.search(name)
        return None if word is None else word[0].strip("_ .") or None

    def _kind(self, column: pl.Series, texts: pl.Series | None, noticed: Collection[str]) -> str | None:
        says = named_of_persons(column.name)
        if column.dtype != pl.String:
            return _in_numbers(column, says, self.country)
        if says is not None and says.sure:
            return says.kind if _says_something(column) else None
        if texts is None:
            return None
        return _in_hits(noticed, self) or _as_a_whole(
            texts.head(_SAMPLED), says, self.country
        )  # in the order of their hashes


def _together(members: Sequence[RawRows]) -> Iterator[pl.DataFrame]:
    """Rows with the same columns as one: an archive of 700 replies is looked at in one go, not in 700."""
    alike = dict[tuple[tuple[str, ...], bool], list[pl.DataFrame]]()
    for raw in members:
        for plain, frame in ((False, raw.frame), (True, raw.plain)):
            if frame is not None and frame.height:
                alike.setdefault((tuple(frame.columns), plain), []).append(frame)
    for frames in alike.values():
        yield frames[0] if len(frames) == 1 else pl.concat(frames, how="vertical_relaxed", rechunk=False)


def _evenly(texts: pl.Series, most: int) -> pl.Series:
    return texts if texts.len() <= most else texts[:: texts.len() // most]


def _different(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, pl.Series]:
    """The different texts of each column that has any long enough, or texts that lie evenly apart where there are too
    many. All columns in one question: one for each costs more than the texts of a small delivery."""
    if not names:
        return {}
    longest = frame.select(pl.col(names).str.len_bytes().max()).row(0)
    names = [name for name, most in zip(names, longest, strict=True) if most is not None and most >= _SHORTEST]
    if frame.height > _MOST_DIFFERENT:
        many = {name for name in names if _evenly(frame[name], _SAMPLED).n_unique() > _SAMPLED // 2}
    else:
        many = set[str]()
    step = frame.height // _MOST_DIFFERENT or 1
    of_each = [pl.col(name).gather_every(step) if name in many else pl.col(name) for name in names]
    found = frame.select(texts.drop_nulls().unique().implode() for texts in of_each)
    return {name: found[name].item() for name in names}


def _noticed(texts: Mapping[str, pl.Series], country: str) -> dict[str, list[str]]:
    """By column the texts in which something may be."""
    if not texts:
        return {}
    glance = at_a_glance(country)
    if not pl.concat(texts.values()).rename("").str.contains(glance).any():
        return {}
    return {name: one.filter(one.str.contains(glance)).head(_HITS).to_list() for name, one in texts.items()}


def _says_something(column: pl.Series) -> bool:
    some = column.drop_nulls()
    return bool(some.len()) and not set(_evenly(some, 10_000).unique().str.strip_chars().str.to_lowercase()) <= _NOTHING


def _in_numbers(column: pl.Series, says: Named | None, country: str) -> str | None:
    """A column that was read as numbers: digits without their zero before."""
    if says is not None and says.sure:
        return says.kind if column.drop_nulls().len() and column.max() != 0 else None
    if not column.dtype.is_numeric() or (greatest := column.max()) is None or float(greatest) < _LEAST_NUMBER:  # type: ignore[arg-type]
        return None
    some = _evenly(column.drop_nulls(), 50_000).unique()
    whole = _evenly(some.filter((some >= _LEAST_NUMBER) & (some == some.round())), _SAMPLED)
    if whole.len() < SHARE * min(some.len(), _SAMPLED):
        return None
    return _as_a_whole(whole.cast(pl.Int64).cast(pl.String), says, country)


def _in_hits(texts: Collection[str], looker: Looker) -> str | None:
    """What nothing else looks like, in texts that were noticed at a glance."""
    texts = [plainly_written(text) for text in texts]
    for form in forms_of(looker.country):
        least = looker.contacts if form.kind in (EMAIL, MOBILE) else 1
        if form.anywhere and len({hit for text in texts for hit in form.found(text)}) >= least:
            return form.kind
    written = {hit for text in texts for hit in _resident_numbers(text)}
    return RESIDENT if _are_residents(written) else None


def _resident_numbers(text: str) -> list[str]:
    return re.findall(RESIDENT_FORM, text)


def _are_residents(written: Collection[str]) -> bool:
    """Korean numbers of residents, and not those of companies, which look the same and have another check digit."""
    residents = sum(map(is_korean_resident, written))
    companies = sum(map(is_korean_company, written))
    if residents and residents >= companies and residents >= 0.5 * len(written):
        return True
    born = sum(map(korean_birth, written))  # those given since October 2020 have no check digit
    return len(written) >= 10 and born >= 0.95 * len(written) and companies < 0.5 * len(written)


def _as_a_whole(texts: pl.Series, says: Named | None, country: str) -> str | None:
    """What most of a column has to be, as single texts may be so by chance."""
    written = (plainly_written(text).strip() for text in texts.to_list())
    plain = [text.removesuffix(".0") for text in written if text.lower() not in _NOTHING]
    if says is not None and says.kind == "a telephone" and _mobile(plain, country):
        return MOBILE
    lengths = {len(text) for text in plain}
    if not lengths or max(lengths) < 8 or min(lengths) > 20:
        return None
    return next((form.kind for form in forms_of(country) if not form.anywhere and _most(plain, form)), None)


def _mobile(texts: Collection[str], country: str) -> bool:
    bare = bare_mobile(country)
    return bare is not None and any(re.fullmatch(bare, text) or re.fullmatch(bare, "0" + text) for text in texts)


def _most(texts: list[str], form: Form) -> bool:
    few = texts[:: max(1, len(texts) // _FIRST)]  # an answer for nearly all columns
    if sum(bool(form.found(text)) for text in few) < 0.5 * form.share * len(few):
        return False
    passed = sum(bool(form.found(text)) for text in texts)
    return passed >= form.least and passed >= form.share * len(texts)
