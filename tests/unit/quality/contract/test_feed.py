"""The file of a feed and its models become a contract."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from quality.contract.mistakes import ContractError
from quality.contract.model import Contract
from quality.contract.models import Model, ModelColumn, ModelRule, Range
from quality.load import load

AIR = Model(
    name="air",
    title="Air",
    row="the air at one place in one interval",
    about="particles",
    time="interval",
    columns={
        "place": ModelColumn(type="string", meaning="Station", key=True, required=True),
        "time": ModelColumn(type="timestamp", meaning="Beginning", key=True, required=True),
        "pm25": ModelColumn(type="number", unit="ug/m3", meaning="Fine", null="none", range=Range(least=0, most=5000)),
        "pm10": ModelColumn(type="number", unit="ug/m3", meaning="Coarse", null="none", range=Range(least=0)),
    },
    rules=(ModelRule(name="pm10-not-below-pm25", title="PM10 is not below PM2.5", not_below=("pm10", "pm25")),),
)
SMALL: dict[str, Any] = {
    "title": "Air by hour",
    "purpose": "Hourly means",
    "owner": "an agency",
    "licence": "open",
    "implements": "air",
    "interval": "hour_ending",
    "files": {"paths": ["air/*.csv"]},
    "columns": {
        "place": "Site",
        "time": {"from": ["When", "Date"], "format": "%Y-%m-%d %H:%M"},
        "pm25": {"from": "Value", "missing": "-999"},
    },
}


OWN = {"from": "X", "type": "string", "meaning": "x"}
AT_20 = {"temperature": "20 degC", "pressure": "1 atm"}


def read(folder: Path, **other: Any) -> Contract:
    path = folder / "air_hourly.yaml"
    path.write_text(yaml.safe_dump(SMALL | other, allow_unicode=True))
    return load(path, "Asia/Ho_Chi_Minh", {"air": AIR})


def columns(**other: Any) -> dict[str, Any]:
    return SMALL["columns"] | other


def test_what_the_file_does_not_say_comes_from_the_model(tmp_path: Path):
    contract = read(tmp_path)
    assert (contract.name, contract.prefix, contract.models, contract.grain) == (
        "air_hourly",
        "AIR_HOURLY",
        ("air",),
        AIR.row,
    )
    assert contract.key == ("place", "time")
    assert {"place", "time", "day", "pm25"} <= set(contract.schema)
    pm25 = contract.column("pm25")
    assert (pm25.type, pm25.description.shown, pm25.spec.unit) == ("number", "Fine", "ug/m3")
    assert (pm25.spec.sources, pm25.spec.sentinels) == (("Value",), ("-999",))
    rule = next(rule for rule in contract.rules if rule.code == "AIR_HOURLY-pm25-range")
    assert rule.kwargs == {"column": "pm25", "min_value": 0, "max_value": 5000}
    assert (rule.on_fail, rule.severity) == ("void", "warning")


def test_a_rule_about_two_columns_is_there_where_the_feed_has_both(tmp_path: Path):
    assert "AIR_HOURLY-pm10-not-below-pm25" not in {rule.code for rule in read(tmp_path).rules}
    both = read(tmp_path, columns=columns(pm10="Coarse"))
    rule = next(rule for rule in both.rules if rule.code == "AIR_HOURLY-pm10-not-below-pm25")
    assert rule.kwargs == {"column_A": "pm10", "column_B": "pm25", "or_equal": True}


def test_a_row_is_held_back_where_neither_of_two_that_contradict_one_another_may_be_null(tmp_path: Path):
    change = {"name": "pm10-not-below-pm25", "on_fail": "void", "reason": "none of them can be trusted"}
    for required, on_fail in ((False, "void"), (True, "quarantine")):
        pm10, pm25 = ({"from": column, "required": required} for column in ("Coarse", "Fine"))
        contract = read(tmp_path, columns=columns(pm10=pm10, pm25=pm25), rules=[change])
        rule = next(rule for rule in contract.rules if rule.code == "AIR_HOURLY-pm10-not-below-pm25")
        assert rule.on_fail == on_fail


def test_a_feed_may_have_columns_that_no_model_knows(tmp_path: Path):
    own = {"from": "QC", "type": "string", "meaning": "What the operator says", "optional": True}
    column = read(tmp_path, columns=columns(quality_code=own)).column("quality_code")
    assert (column.type, column.description.shown, column.spec.optional) == ("string", "What the operator says", True)


def test_a_feed_changes_a_range_and_a_rule_with_a_reason(tmp_path: Path):
    entry = {"from": "Value", "range": {"most": 1000, "on_fail": "quarantine", "reason": "the instrument ends there"}}
    change = {"name": "pm10-not-below-pm25", "tolerance": 0.5, "reason": "two instruments"}
    contract = read(tmp_path, columns=columns(pm25=entry, pm10="Coarse"), rules=[change])
    rules = {rule.code: rule for rule in contract.rules}
    pm25 = rules["AIR_HOURLY-pm25-range"]
    assert (pm25.kwargs["min_value"], pm25.kwargs["max_value"], pm25.on_fail) == (0, 1000, "quarantine")
    assert "the instrument ends there" in pm25.title
    pair = rules["AIR_HOURLY-pm10-not-below-pm25"]
    assert (pair.tolerance, pair.severity) == (0.5, "warning")
    off = read(tmp_path, columns=columns(pm10="Coarse"), rules=[change | {"off": True}])
    assert "AIR_HOURLY-pm10-not-below-pm25" not in {rule.code for rule in off.rules}


@pytest.mark.parametrize(
    ("rule", "scope", "kwargs"),
    [
        ({"figure": "COUNT(*)", "least": 3}, "day", {"column": "a_rule", "min_value": 3}),
        ({"column": "pm25", "most": 9}, "row", {"column": "pm25", "max_value": 9}),
        ({"column": "pm25", "above": 0}, "row", {"column": "pm25", "min_value": 0, "strict_min": True}),
        ({"column": "place", "known": ["A"]}, "row", {"column": "place", "value_set": ["A"]}),
        ({"column": "place", "form": "^A$"}, "row", {"column": "place", "regex": "^A$"}),
        ({"column": "place", "filled": True}, "row", {"column": "place"}),
    ],
)
def test_rules_of_its_own(tmp_path: Path, rule: dict[str, Any], scope: str, kwargs: dict[str, Any]):
    contract = read(tmp_path, rules=[{"name": "a-rule", "title": "It holds"} | rule])
    found = next(rule for rule in contract.rules if rule.code == "AIR_HOURLY-a-rule")
    assert (found.scope, dict(found.kwargs), found.severity) == (scope, kwargs, "critical")
    assert ("a_rule" in contract.profile) == (scope == "day")


def test_a_value_that_a_feed_requires_is_not_made_null_by_its_range(tmp_path: Path):
    """The model's range makes it null: the row would be kept without a value that has to be there."""
    contract = read(tmp_path, columns=columns(pm25={"from": "Value", "required": True}))
    assert next(rule.on_fail for rule in contract.rules if rule.code.endswith("pm25-range")) == "quarantine"


def test_names_that_are_the_same_once_they_are_written_alike_are_one(tmp_path: Path):
    contract = read(tmp_path, columns=columns(place=["측정소", "\u110e\u1173\u11a8\u110c\u1165\u11bc\u1109\u1169"]))
    assert contract.column("place").spec.sources == ("측정소",)


def test_the_title_of_a_changed_rule_says_the_limits_that_hold(tmp_path: Path):
    contract = read(tmp_path, rules=[{"name": "pm25-range", "most": 500, "reason": "the instrument ends there"}])
    rule = next(rule for rule in contract.rules if rule.code.endswith("pm25-range"))
    assert rule.title == "pm25 lies in 0..500 ug/m3 (the instrument ends there)"


def test_a_feed_says_once_what_means_missing_in_its_numbers(tmp_path: Path):
    contract = read(tmp_path, missing=["-"], columns=columns(pm10="Coarse"))
    assert {name: contract.column(name).spec.sentinels for name in ("place", "pm25", "pm10")} == {
        "place": (),
        "pm25": ("-999",),
        "pm10": ("-",),
    }


def test_a_feed_says_once_what_holds_for_all_its_ranges(tmp_path: Path):
    entry = {"from": "Value", "range": {"tolerance": 0.3, "reason": "a sensor that is calibrated in the field"}}
    ranges = {"tolerance": 0.05, "severity": "critical", "reason": "a network of 850"}
    contract = read(tmp_path, columns=columns(pm25=entry, pm10="Coarse"), ranges=ranges)
    rules = {rule.code: rule for rule in contract.rules}
    judged = {
        c: (rules[f"AIR_HOURLY-{c}-range"].tolerance, rules[f"AIR_HOURLY-{c}-range"].severity) for c in ("pm25", "pm10")
    }
    assert judged == {"pm25": (0.3, "critical"), "pm10": (0.05, "critical")}


def test_a_register_is_valid_from_a_day(tmp_path: Path):
    place = {"from": "Site", "type": "string", "meaning": "Station", "key": True}
    contract = read(tmp_path, implements=[], reference_since="2020-01-01", columns={"station": place})
    assert list(contract.schema) == ["station", "day"]


def test_a_model_that_there_is_not_hides_no_mistake_of_a_column(tmp_path: Path):
    wrong = columns(pm25={"from": "Value", "unit": "furlong"}, x={"from": "X", "type": "number", "meaning": "x"})
    for model, words in (("airs", ("pm25.unit: 'furlong'", "x.unit: a number needs")), ("zzz", ("x.unit: ",))):
        with pytest.raises(ContractError) as caught:
            read(tmp_path, implements=model, columns=wrong)
        said = [str(mistake) for mistake in caught.value.mistakes]
        assert len(said) == 1 + len(words), said
        assert all(any(f"columns.{word}" in one for one in said) for word in words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"implements": "air_qualty"}, "there is no model 'air_qualty'"),
        ({"implements": "airs"}, "there is no model 'airs'; write air"),
        (
            {"columns": columns(pm2="Value")},
            "columns.pm2: no model of this feed has such a column; write pm25, or for one of its own say `type`",
        ),
        ({"columns": columns(pm25={"from": "Value", "range": {"most": 9}})}, "say why in `reason`"),
        ({"columns": columns(pm25={"from": "Value", "type": "number"})}, "are those of the model"),
        ({"columns": columns(x={"from": "X", "type": "number", "meaning": "x"})}, "a number needs its unit"),
        ({"ranges": {"tolerance": 0.05}}, "and the `reason`"),
        ({"rules": [{"name": "x", "title": "t", "column": "pm25", "least": 1, "above": 1}]}, "say `least` or `above`"),
        ({"columns": columns(pm25={"form": "Value"})}, "it stands nowhere in the delivery"),
        ({"rules": [{"name": "x", "tolerance": 0.5}]}, "it judges nothing"),
        (
            {"rules": [{"name": "x", "tolerance": 0.5, "reason": "y"}]},
            "rules.0.name: it changes none of the models' rules",
        ),
        ({"rules": [{"name": "x", "title": "t", "figure": "COUNT(*)"}]}, "say one or both"),
        ({"rules": [{"name": "x", "title": "t", "column": "pm25", "figure": "COUNT(*)"}]}, "make a rule of each"),
        ({"rules": [{"name": "x", "column": "pm25", "most": 1}]}, "it needs a `title`"),
        ({"interval": None}, "interval: say what one row is of"),
        ({"interval": "hourly"}, "interval: 'hourly' is no interval"),
        ({"every": "month"}, "every: rows of `interval: hour_ending` are there for each day"),
        ({"interval": "month", "lookback_days": 2}, "lookback_days: a night looks at the newest month alone"),
        ({"files": {"paths": ["../air/*.csv"]}}, "'../air/*.csv' leaves the drop folder"),
        ({"files": {"paths": [""]}}, "no file is named"),
        ({"columns": columns(PM25=OWN)}, "it differs from pm25 in capital letters alone"),
        ({"columns": columns(time_utc=OWN)}, "it is computed from `time`"),
        ({"columns": columns(day=OWN)}, "it is computed from `time`"),
        ({"columns": columns(**{'a"b': OWN})}, "letters, digits and underscores"),
        ({"columns": columns(_line=OWN)}, "letters, digits and underscores"),
        ({"columns": columns(x=OWN | {"format": "%Y"})}, "columns.x.format: the column is of type string"),
        (
            {"columns": columns(pm25={"from": "Value", "zone": "UTC"})},
            "columns.pm25.zone: the column is of type number",
        ),
        ({"columns": columns(x=OWN | {"combine": "sum"})}, "columns.x.combine"),
        ({"columns": columns(pm25={"from": "Value", "gases_at": AT_20})}, "gases_at: the column is no gas"),
        ({"columns": columns(place="")}, "write the name that it has in the delivery"),
        ({"rules": [{"name": "pm25-range", "form": "x", "reason": "y"}]}, "this rule of the model has no `form`"),
        ({"rules": [{"name": "pm25-range", "known": ["x"], "reason": "y"}]}, "this rule of the model has no `known`"),
        ({"rules": [{"name": "pm25-range", "most": -1, "reason": "y"}]}, "no value lies from 0 to -1"),
        ({"columns": columns(pm25={"from": "Value", "unit": " "})}, "unit: nothing stands there"),
        (
            {"columns": columns(pm25={"from": "Value", "note": "Dry", "or not": None})},
            "no such key; within { and } a comma",
        ),
        ({"network": "refrence"}, "network"),
        ({"prefix": "air"}, "is of capitals and digits"),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_key(tmp_path: Path, change: dict[str, Any], words: str):
    with pytest.raises(ContractError) as caught:
        read(tmp_path, **change)
    assert words in str(caught.value)
    assert "air_hourly.yaml" in str(caught.value)


def test_all_mistakes_come_at_once_each_with_its_line(tmp_path: Path):
    wrong = {
        "implements": ["air", "airs"],
        "interval": "hourly",
        "rules": [
            {"name": "a", "title": "t", "column": "place", "form": "[\\d]"},
            {"name": "a", "title": "t", "column": "pm25", "most": 1},
        ],
    }
    told = mistakes(tmp_path, **wrong)
    assert [key for key, _ in told] == ["implements", "interval", "rules.0", "rules.1.name"]
    wrong = {
        "columns": columns(
            pm10={"form": "x"},
            pm25={"from": "Value", "range": {"most": 9}},
            pm2="Value",
            x={"from": "X", "type": "number", "meaning": "x"},
            word={"from": "W", "type": "string", "meaning": "w", "form": "\\w"},
        ),
        "rules": [{"name": "pm25-range", "tolerance": 0.5, "reason": "it comes with a column that has a mistake"}],
    }
    told = mistakes(tmp_path, **wrong)
    assert {key for key, _ in told} == {
        "columns.pm10",
        "columns.pm25.range",
        "columns.pm2",
        "columns.x.unit",
        "columns.word.form",
    }
    assert len({line for _, line in told}) == len(told)


def mistakes(folder: Path, **other: Any) -> list[tuple[str, int | None]]:
    with pytest.raises(ContractError) as caught:
        read(folder, **other)
    return [(mistake.key, mistake.line) for mistake in caught.value.mistakes]


MONEY = Model(
    name="sales",
    title="Sales",
    row="one shop and day",
    about="sales",
    time="interval",
    columns={
        "time": ModelColumn(type="timestamp", meaning="Beginning", key=True, required=True),
        "amount": ModelColumn(type="number", unit="currency", meaning="Money", null="none", range=Range(least=0)),
    },
)


def money(folder: Path, **amount: Any) -> Contract:
    path = folder / "sales_day.yaml"
    said = {"time": {"from": "day", "format": "%Y-%m-%d"}, "amount": {"from": "금액"} | amount}
    path.write_text(yaml.safe_dump(SMALL | {"implements": "sales", "interval": "day", "columns": said}))
    return load(path, "Asia/Seoul", {"sales": MONEY})


def test_money_is_kept_in_the_currency_that_the_feed_says(tmp_path: Path) -> None:
    contract = money(tmp_path, unit="만원")
    column = contract.column("amount")
    assert (column.spec.unit, column.spec.delivered_unit) == ("KRW", "만원")
    assert next(rule.title for rule in contract.rules if rule.code.endswith("amount-range")).count("KRW") == 1


def test_money_without_a_currency_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="the currency is not said"):
        money(tmp_path)


# Units -------------------------------------------------------------------------------------------------------------


def test_a_feed_says_its_unit_and_the_model_the_one_that_is_stored(tmp_path: Path):
    spec = read(tmp_path, columns=columns(pm25={"from": "Value", "unit": "mg/m3"})).column("pm25").spec
    assert (spec.unit, spec.delivered_unit, spec.unit_from) == ("ug/m3", "mg/m3", ())
    spec = read(tmp_path, columns=columns(pm25={"from": "Value", "unit_from": "Conc. Unit"})).column("pm25").spec
    assert (spec.unit, spec.delivered_unit, spec.unit_from) == ("ug/m3", None, ("Conc. Unit",))


@pytest.mark.parametrize(
    ("pm25", "said"),
    [
        ({"from": "Value", "unit": "mg/m"}, "mg/m cannot become ug/m3: they measure different things"),
        ({"from": "Value", "unit": "mgg/m3"}, "'mgg/m3' is no unit that is known; write mg/m3"),
        ({"from": "Value", "unit": "ppb"}, "for a gas alone"),
        ("PM2.5 (mg/m3)", "it is delivered as 'PM2.5 (mg/m3)', in mg/m3, and would be taken for ug/m3"),
        ("pm25_mgm3", "it is delivered as 'pm25_mgm3'"),
        ("PM2.5, mg/m³", "it is delivered as 'PM2.5, mg/m³', in mg/m3"),
        ({"from": "PM2.5 (ppm)", "unit": "mg/m3"}, "in ppm, and is said to come in mg/m3"),
        ({"from": ["PM2.5 (mg/m3)", "PM2.5 (㎍/㎥)"], "unit": "mg/m3"}, "'PM2.5 (㎍/㎥)', in ug/m3, and is said"),
        ({"from": "Value", "unit": "HPA"}, "HPA is the code of a hectolitre of pure alcohol"),
    ],
)
def test_a_unit_that_does_not_fit_is_a_mistake_of_the_pack(tmp_path: Path, pm25: Any, said: str):
    with pytest.raises(ContractError) as caught:
        read(tmp_path, columns=columns(pm25=pm25))
    assert said in str(caught.value)
    assert str(caught.value).count("columns.pm25") == 1


@pytest.mark.parametrize(
    "pm25",
    [
        "PM2.5 (㎍/㎥)",
        {"from": "PM2.5 (mg/m3)", "unit": "mg/m3"},
        {"from": "PM2.5 (mg/m3)", "unit": "GP"},
        "PM2.5 (min)",  # the least value, no minute
        "PM2.5 (10m)",
        "PM2.5 (24h)",
        "PM2.5(GT)",  # ground truth, no gigatonne
        "PM2.5 (A/C)",
        "PM2.5 (S2)",
        "PM2.5 (IN)",
    ],
)
def test_a_header_that_says_the_same_or_nothing(tmp_path: Path, pm25: Any):
    assert read(tmp_path, columns=columns(pm25=pm25))


@pytest.mark.parametrize(("written", "meant"), [(-999, "-999"), (99.9, "99.9"), ("-", "-"), ([-999, "NA"], "-999")])
def test_a_number_that_means_missing_needs_no_quotes(tmp_path: Path, written: Any, meant: str):
    pm25 = {"from": "Value", "missing": written}
    assert read(tmp_path, columns=columns(pm25=pm25)).column("pm25").spec.sentinels[0] == meant
    of_all = read(tmp_path, missing=written, columns=columns(pm25="Value"))
    assert of_all.column("pm25").spec.sentinels[0] == meant


def test_values_of_cells_need_no_quotes(tmp_path: Path):
    wind = {"from": "wd", "type": "number", "unit": "deg", "meaning": "Wind", "values": {"N": 0, "NNE": 22.5}}
    works = {"from": "on", "type": "boolean", "meaning": "Whether it works", "values": {1: True, 0: False}}
    sort = {"from": "sort", "type": "string", "meaning": "Sort", "known": [1, 2]}
    contract = read(tmp_path, columns=columns(wind=wind, works=works, sort=sort))
    assert contract.column("wind").spec.values == {"N": "0", "NNE": "22.5"}
    assert contract.column("works").spec.values == {"1": "true", "0": "false"}
    assert next(rule for rule in contract.rules if rule.code.endswith("sort-known")).kwargs["value_set"] == ["1", "2"]


def corrected(raw: str, **of_raw: Any) -> dict[str, Any]:
    """Columns of which `pm25` says that it was corrected from `raw`, beside one of the instrument."""
    own = {"from": "Raw", "type": "number", "meaning": "as the counter gives it", "unit": "ug/m3"} | of_raw
    return columns(pm25={"from": "Value", "corrects": raw}, pm25_raw=own)


def test_a_column_says_which_one_the_provider_corrected(tmp_path: Path):
    contract = read(tmp_path, columns=corrected("pm25_raw"))
    assert contract.corrections == {"pm25": "pm25_raw"}
    assert read(tmp_path).corrections == {}


def test_two_quantities_are_not_corrected_from_one_raw_column(tmp_path: Path):
    both = corrected("pm25_raw") | {"pm10": {"from": "Coarse", "corrects": "pm25_raw"}}
    with pytest.raises(ContractError, match=r"columns\.pm10\.corrects: pm25 is corrected from pm25_raw, too"):
        read(tmp_path, columns=both)


@pytest.mark.parametrize(
    ("raw", "of_raw", "said"),
    [
        ("pm25_rav", {}, "there is no column 'pm25_rav' in this feed; write pm25_raw"),
        ("pm25", {}, "a column is not corrected from itself; write pm25_raw"),
        ("place", {}, "place is no number"),
        ("pm25_raw", {"unit": "mg/m3"}, "pm25 and pm25_raw have two units, ug/m3 and mg/m3"),
        ("pm25_raw", {"corrects": "pm25"}, "pm25_raw is corrected itself"),
    ],
)
def test_what_is_corrected_is_another_number_of_the_feed_in_the_same_unit(
    tmp_path: Path, raw: str, of_raw: dict[str, Any], said: str
):
    with pytest.raises(ContractError) as refused:
        read(tmp_path, columns=corrected(raw, **of_raw))
    assert "columns.pm25.corrects" in str(refused.value)
    assert said in str(refused.value)
