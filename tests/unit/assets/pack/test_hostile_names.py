"""Names that a pack gives cannot leave their folder, nor be another's: each is refused with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from assets.check.check import check_pack
from assets.pack.packs import load_pack
from pipelines.settings import Settings
from quality.contract.variables import variable_mistake
from tests.worlds.towns import AIR, Towns

LONG = "x" * 100
SHARED = {"title": "T", "purpose": "p", "until": "2030-01-01", "licence": "l"}
SERVICE = "services: [{protocol: http_file, address: 'https://a.example.org', ask: {path: x}, secrets: {key: %s}}]\n"
Change = Callable[[Path], object]


def _city(name: str) -> Change:
    return lambda pack: _in(pack / "city.yaml", "name: east", f"name: {name!r}")


def _feed(name: str) -> Change:
    return lambda pack: (pack / "feeds" / "air.yaml").rename(pack / "feeds" / f"{name}.yaml")


def _in_feed(more: str) -> Change:
    return lambda pack: (pack / "feeds" / "air.yaml").write_text(AIR + more)


def _column(name: str) -> Change:
    return _in_feed(f"  {name!r}: {{from: volt, type: number, meaning: Voltage, unit: V}}\n")


def _rule(name: str) -> Change:
    return _in_feed(f"rules:\n- {{name: {name!r}, column: pm25, least: 0, title: Not below 0}}\n")


def _area(code: str) -> Change:
    row = f'"{code}",district,1,Foo,5.0,35.0,135.0,1000\n'
    return lambda pack: (pack / "areas.csv").write_text((pack / "areas.csv").read_text() + row)


def _partner(name: str) -> Change:
    return lambda pack: (pack / "sharing.yaml").write_text(yaml.safe_dump({"partners": {name: SHARED}}))


def _metric(name: str) -> Change:
    return lambda pack: (pack / "metrics.yaml").write_text(yaml.safe_dump({"metrics": {name: {}}}))


def _table(name: str) -> Change:
    return lambda pack: (pack / f"{name}.csv").write_text("place,x\n1,2\n")


def _files(pattern: str) -> Change:
    return lambda pack: _in(pack / "feeds" / "air.yaml", '"air/*.csv"', yaml.dump(pattern, default_style='"').strip())


def _root(folder: str) -> Change:
    return lambda pack: _in(pack / "feeds" / "air.yaml", "files: {", f"files: {{root: {folder!r}, ")


def _in(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


REFUSED: dict[str, Change] = {
    **{f"city {name[:9]!r}": _city(name) for name in ("../../x", "day=2020", "/abs", "East", "con", LONG)},
    **{
        f"feed {name[:9]!r}": _feed(name)
        for name in ("day=2020", "con", "lpt1", "Air", "a..b", "ａir", "a\u200bb", LONG)
    },
    **{
        f"column {name[:9]!r}": _column(name)
        for name in ("../../x", "day=2020", "a b", 'a"b', "Place", "ﬁne", "a\u202eb", "_line", LONG)
    },
    **{f"rule {name[:9]!r}": _rule(name) for name in ("../../x", "a b", LONG)},
    **{
        f"area {name[:9]!r}": _area(name)
        for name in ("../../x", "a/b", "day=2020", "nul", "..", ".hidden", "a\x1bb", "a\\b", LONG)
    },
    **{f"partner {name[:9]!r}": _partner(name) for name in ("../../x", "day=2020", "open/x", "Con", "con", LONG)},
    **{f"metric {name!r}": _metric(name) for name in ("../../x", "day=2020", "con")},
    **{f"table {name!r}": _table(name) for name in ("day=2020", "con", "a?b")},
    **{
        f"files {name!r}": _files(name)
        for name in ("../../x", "/etc/passwd", "~/x", "a/../../x", "C:/x", "a\\b", "a\0b", "a\nb")
    },
    **{f"root {name!r}": _root(name) for name in ("/etc", "~", "../..", "../../etc", "a/../../..", "C:/x", "..\\x")},
}


@pytest.mark.holds(
    "attack 12",
    "Names of cities, feeds, columns, rules, areas, partners, metrics, tables, files and folders like ../../x, "
    "day=2020, con, or of 100 signs: city check refuses each with its file and line.",
)
@pytest.mark.parametrize("kind", REFUSED)
def test_a_name_that_leaves_its_folder_is_refused(tmp_path: Path, kind: str) -> None:
    pack = Towns(tmp_path).add("east")
    assert [mistake for mistake in check_pack(pack) if not mistake.warning] == []
    REFUSED[kind](pack)
    found = [mistake for mistake in check_pack(pack) if not mistake.warning]
    assert found
    assert all(mistake.file is not None and mistake.file.is_relative_to(pack) for mistake in found)
    if not kind.startswith("table"):  # what is wrong there is the name of the file
        assert all(mistake.line for mistake in found), [str(mistake) for mistake in found]
    assert not any("cannot be checked" in mistake.what for mistake in found)


def test_two_areas_that_differ_in_capital_letters_alone_would_be_one_page(tmp_path: Path) -> None:
    pack = Towns(tmp_path).add("east")
    for code in ("ab", "AB"):
        _area(code)(pack)
    (found,) = check_pack(pack)
    assert "'AB' differs from 'ab' in capital letters alone" in str(found)


NEVER = (
    "HOME",
    "PATH",
    "LD_PRELOAD",
    "PYTHONPATH",
    "https_proxy".upper(),
    "SSH_AUTH_SOCK",
    "MADANG_HOME",
    "MADANG_ALERT_URL",
)


@pytest.mark.holds(
    "attack 12", "A pack that takes HOME, PATH, a setting of Madang or any unlisted variable for a key is refused."
)
@pytest.mark.parametrize("variable", [*NEVER, "CITY_KEY", "AWS_SECRET_ACCESS_KEY"])
def test_a_variable_that_is_no_key_of_the_pack_is_refused(tmp_path: Path, variable: str) -> None:
    pack = Towns(tmp_path).add("east")
    _in_feed(SERVICE % variable)(pack)
    (found,) = check_pack(pack)
    assert (found.file, found.line, found.key) == (pack / "feeds" / "air.yaml", 14, "secrets")
    assert variable in found.what
    assert list(load_pack(pack).left_out) == ["air"]  # and so it is never sent


@pytest.mark.parametrize("variable", ["MADANG_KEY_EAST", "MADANG_EAST_TOKEN", "CITY_KEY"])
def test_a_variable_of_madang_or_of_the_list_is_a_key(tmp_path: Path, variable: str) -> None:
    pack = Towns(tmp_path).add("east")
    _in_feed(SERVICE % variable)(pack)
    if not variable.startswith("MADANG_"):
        _in(pack / "city.yaml", "owner: town", f"owner: town\nsecrets: [{variable}]")
    assert check_pack(pack) == []


@pytest.mark.parametrize("variable", NEVER)
def test_no_list_makes_a_variable_of_the_system_a_key(tmp_path: Path, variable: str) -> None:
    pack = Towns(tmp_path).add("east")
    _in(pack / "city.yaml", "owner: town", f"owner: town\nsecrets: [{variable}]")
    (found,) = check_pack(pack)
    assert (found.file, found.key) == (pack / "city.yaml", "secrets")
    assert found.line


def test_a_secret_in_the_list_is_not_repeated(tmp_path: Path) -> None:
    pack = Towns(tmp_path).add("east")
    _in(pack / "city.yaml", "owner: town", "owner: town\nsecrets: [4b7c9f-the-key]")
    said = " ".join(map(str, check_pack(pack)))
    assert "not the name of an environment variable" in said
    assert "4b7c9f" not in said


def test_each_setting_of_madang_is_no_key() -> None:
    names = {f"MADANG_{field.validation_alias or name}".upper() for name, field in Settings.model_fields.items()}
    assert "MADANG_HOME" in names
    assert [name for name in sorted(names) if variable_mistake(name, [name]) is None] == []
