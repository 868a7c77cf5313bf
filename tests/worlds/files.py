"""A small city: four days of Seoul's feeds made in code, and the way of a batch through it.

Figures are arithmetic, never random: whoever runs this gets the same bytes. Graph tests share it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import DerivedTable
from assets.ingest import ingest
from assets.ingest.fetch import Fetched, fetch
from assets.ingest.ingest import Report
from assets.ingest.read import read_new
from assets.pack.city import City, load_city
from pipelines.settings import Settings
from tests.worlds.packs import seoul, small_seoul
from warehouse import lake
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger

FIRST = date(2020, 4, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(4)]
LAST = DAYS[-1]
TODAY = date(2026, 11, 27)  # later than every day that tests deliver

SDOT_HEADER = [
    "모델명",
    "시리얼",
    "구분",
    "초미세먼지 (㎍/㎥)",
    "미세먼지 (㎍/㎥)",
    "기온 (℃)",
    "상대습도 (%)",
    "풍향 (°)",
    "풍속 (m/s)",
    "돌풍 풍향 (°)",
    "돌풍 풍속 (m/s)",
    "조도 (lux)",
    "자외선 (UVI)",
    "소음 (dB)",
    "진동(x) (g)",
    "진동(y) (g)",
    "진동(z) (g)",
    "진동(x) 최대 (g)",
    "진동(y) 최대 (g)",
    "진동(z) 최대 (g)",
    "흑구 온도 (℃)",
    "초미세먼지 보정 (㎍/㎥)",
    "미세먼지 보정 (㎍/㎥)",
    "측정시간",
    "등록 일시",
]
AIR_HEADER = [
    "측정일시",
    "측정소명",
    "이산화질소농도(ppm)",
    "오존농도(ppm)",
    "일산화탄소농도(ppm)",
    "아황산가스농도(ppm)",
    "미세먼지농도(㎍/㎥)",
    "초미세먼지농도(㎍/㎥)",
]
WEATHER_HEADER = [
    "code",
    "province",
    "date",
    "avg_temp",
    "min_temp",
    "max_temp",
    "precipitation",
    "max_wind_speed",
    "most_wind_direction",
    "avg_relative_humidity",
]
PROVINCES = [
    "Seoul",
    "Busan",
    "Daegu",
    "Gwangju",
    "Incheon",
    "Daejeon",
    "Ulsan",
    "Gyeonggi-do",
    "Gangwon-do",
    "Chungcheongbuk-do",
    "Chungcheongnam-do",
    "Jeollabuk-do",
    "Jeollanam-do",
    "Gyeongsangbuk-do",
    "Gyeongsangnam-do",
    "Jeju-do",
]
BIKE = "bike_daily/서울특별시 공공자전거 일별 대여건수"
ALL = ("sdot_env", "air_daily", "weather_daily", "bike_daily", "search_trend", "subway_daily", "sdot_ref", "boundaries")


def serial(number: int) -> str:
    return f"V02Q1940{number:03d}"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


# Rows of each feed, one function each; a test that needs something else in them changes what it gets ---------


def sdot_rows(days: Sequence[date], sensors: int = 12, *, registered: date | None = None, pm25: int = 10) -> list[list]:
    return [
        ["SDOT001", serial(n), 1, 8 + n, 20 + n, 10 + n / 2, 40 + n, 0, 0, 0, 0, 800 + n, 0.4, 45 + n % 20, 0, 0, 0.99,
         0, 0, 1, 0, pm25 + n, 30 + n, day, registered or day]
        for day in days for n in range(1, sensors + 1)
    ]  # fmt: skip


def air_rows(days: Sequence[date], stations: int = 39, *, pm25: int = 12) -> list[list]:
    names = seoul().tables["air_stations"]["place"].to_list()[:stations]
    return [
        [f"{day:%Y%m%d}", name, 0.02, 0.03, 0.5, 0.004, 40 + n % 7, pm25 + n % 5 + day.day]
        for day in days
        for n, name in enumerate(names)
    ]


def weather_rows(days: Sequence[date], *, temp: float = 9) -> list[list]:
    return [
        [10000 + 1000 * n, province, day, temp + n % 4, temp - 5, temp + 8, 0, 3.5, 90, 60 + n]
        for day in days
        for n, province in enumerate(PROVINCES)
    ]


def bike_rows(days: Sequence[date]) -> list[list]:
    return [[day, 37000 + day.day] for day in days]


def search_rows(days: Sequence[date]) -> list[list]:
    return [[day, 0.1 + day.day / 100, 0.2, 0.3, 40 + day.day] for day in days]


def subway_rows(days: Sequence[date], stations: int = 410) -> list[list]:
    return [
        [f"{day:%Y%m%d}", f"{n % 10 + 1}호선", f"역{n}", 1000.0 + n, 900.0 + n, f"{day + timedelta(days=3):%Y%m%d}"]
        for day in days
        for n in range(stations)
    ]


def outlines() -> str:
    """25 squares in a row of 5 x 5 in the place of the districts."""
    districts = seoul().areas.filter(pl.col("level") == "district").sort("code")
    features = []
    for n, (code, name) in enumerate(districts.select("boundary_code", "name").iter_rows()):
        x, y = 126.80 + 0.06 * (n % 5), 37.45 + 0.05 * (n // 5)
        ring = [[x, y], [x + 0.06, y], [x + 0.06, y + 0.05], [x, y + 0.05], [x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {"code": code, "name": name, "name_eng": "", "base_year": "2013"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def register_rows(sensors: int = 12) -> list[list]:
    return [[serial(n), 37.475 + 0.05 * (n // 5), 126.83 + 0.06 * (n % 5)] for n in range(1, sensors + 1)]


def xlsx(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([header, *rows]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


@dataclass
class Yard:
    """A home, a drop folder and the city: what most tests begin with."""

    root: Path
    city: City = field(default_factory=seoul)
    runs: int = 0

    @cached_property
    def home(self) -> Home:
        return open_home(Home(self.root / "home"), create=True)

    def restart(self) -> None:
        """As a new process begins: nothing read of the home is known."""
        self.home = open_home(Home(self.root / "home"))

    @property
    def drop(self) -> Path:
        return self.root / "drop" / "seoul"

    @property
    def settings(self) -> Settings:
        return Settings(home_dir=self.home.root, drop_dir=self.drop, cities_dir=self.city.folder.parent)

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        """One file into the drop folder. `name` may begin with ../korea/."""
        path = self.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def deliver(self, *names: str, days: Sequence[date] = DAYS) -> None:
        """Good files of these feeds."""
        for name in names:
            getattr(self, f"_{name}")(list(days))

    def _sdot_env(self, days: list[date]) -> None:
        self.put("sdot_env/sdot_202004.csv", csv_text(SDOT_HEADER, sdot_rows(days)))

    def _air_daily(self, days: list[date]) -> None:
        self.put("air_daily/2020.csv", csv_text(AIR_HEADER, air_rows(days)), "cp949")

    def _weather_daily(self, days: list[date]) -> None:
        self.put("../korea/weather_daily/Weather.csv", csv_text(WEATHER_HEADER, weather_rows(days)))

    def _bike_daily(self, days: list[date]) -> None:
        """The older half as CP949, the newer as a spreadsheet that calls itself CSV, as Seoul has it."""
        half = (len(days) + 1) // 2
        header = ["대여일자", "대여건수"]
        self.put(f"{BIKE}_1.csv", csv_text(header, bike_rows(days[:half])), "cp949")
        if days[half:]:
            self.put(f"{BIKE}_2.csv", xlsx(header, [[f"{d}", n] for d, n in bike_rows(days[half:])]))

    def _search_trend(self, days: list[date]) -> None:
        header = ["date", "cold", "flu", "pneumonia", "coronavirus"]
        self.put("naver_search_trend/SearchTrend.csv", csv_text(header, search_rows(days)))

    def _subway_daily(self, days: list[date]) -> None:
        header = ["사용일자", "노선명", "역명", "승차총승객수", "하차총승객수", "등록일자"]
        self.put("subway/CARD_SUBWAY_MONTH_202004.csv", csv_text(header, subway_rows(days[:2])), "utf-8-sig")

    def _sdot_ref(self, _days: list[date]) -> None:
        self.put("sdot_ref/sensor_longitude_latitude.csv", csv_text(["시리얼", "위도", "경도"], register_rows()))

    def _boundaries(self, _days: list[date]) -> None:
        self.put("boundaries/kostat_2013_json_seoul_municipalities_geo_simple.json", outlines())

    def run(self) -> RunContext:
        """A new run, with an id of its own."""
        self.runs += 1
        return RunContext(
            home=self.home,
            city=self.city,
            source="files",
            drop=self.drop,
            run_id=f"run{self.runs}",
            today=TODAY,
        )

    def fetch(self, name: str) -> Fetched:
        run, contract = self.run(), self.city.contracts[name]
        fetched = fetch(run, contract, [])
        read_new(run, contract, fetched)
        return fetched

    def way(self, name: str, days: Sequence[date] = DAYS) -> Report:
        """Fetch, read and let in one feed."""
        self.fetch(name)
        return ingest.ingest(self.run(), self.city.contracts[name], days)

    def derive(self, table: DerivedTable, days: Sequence[date] = DAYS) -> Report:
        return build(self.run(), table, days)

    def core(self, name: str, days: Sequence[date] | None = None) -> pl.DataFrame:
        contract = self.city.contracts[name]
        rows = lake.scan(self.home.table(self.city.name, "core", name), contract.schema, days).collect()
        return rows.sort(contract.key)

    def ledger(self, table: str) -> pl.DataFrame:
        return ledger.read(self.home, table).collect()

    def live_files(self) -> list[Path]:
        return sorted(self.home.lake.glob("*/*/*/day=*/*.parquet"))


def good_night(root: Path) -> Yard:
    """A whole good night of a city with the feeds of `ALL`, run in this process."""
    from pipelines import runner
    from tests.worlds.events import no_events

    yard = Yard(root, load_city(small_seoul(root, *ALL) / "seoul"))
    yard.deliver(*ALL)
    with no_events():
        result = runner.run(yard.settings, yard.city, LAST, LAST, backfill=False)
    assert result.exit_code == 0, (result.closed, result.failed, result.crashed, result.error)
    return yard
