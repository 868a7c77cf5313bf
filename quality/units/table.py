"""The units that are known: what each is made of, and the texts that stand for it. Data alone; nothing is read here.

A text is written as it is after Unicode NFKC and without blanks, and `u` stands for the micro sign: `ug` is also µg and
㎍. Texts that may be two units are there twice: the unit in which a column is stored decides which one is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Known(NamedTuple):
    """A unit that has a name of its own."""

    label: str  # how it is written in a contract and in messages
    scale: str  # as a fraction: how many of `of` it is
    of: str  # units of pint with their exponents, such as "meter^3"; `~` is before those that pint does not have
    texts: str = ""  # other ways to write it
    prefixes: str = ""  # that may stand before it, one letter each


# Prefixes that cities use; no megagram, which MG/M3 would be, and no decimetre of rain.
PREFIXES: Mapping[str, str] = {
    "n": "1/1000000000", "u": "1/1000000", "m": "1/1000", "c": "1/100",
    "h": "100", "k": "1000", "M": "1000000", "G": "1000000000", "T": "1000000000000",
}  # fmt: skip

_PEOPLE = (
    "person persons inhabitant inhabitants inh cap capita resident residents passenger passengers visitor visitors pax "
    "boarding boardings alighting alightings 명 인 人 人次 名 คน người orang jiwa хүн чел человек адам"
)
UNITS: tuple[Known, ...] = (
    # mass, length, area, volume
    Known("g", "1", "gram", "gram grams gramme grammes г гр 克 公克 그램 กรัม", "n"),
    Known("kg", "1000", "gram", "kgs kilogram kilograms кг 公斤 千克"),
    Known("ug", "1/1000000", "gram", "mcg microgram micrograms microgramme мкг 微克 มคก. ไมโครกรัม 마이크로그램"),
    Known("mg", "1/1000", "gram", "milligram milligrams мг 毫克 มก."),
    Known("t", "1000000", "gram", "ton tons tonne tonnes т 톤 吨 噸 公吨 公噸 ตัน tấn MT", "kMG"),
    Known("Mt", "1000000000000", "gram", "MT"),  # MT may be either: it is refused
    Known("lb", "1", "pound", "lbs pound pounds"),
    Known("m", "1", "meter", "metre metres meter meters м 미터 米 公尺 เมตร ม."),
    Known("mm", "1/1000", "meter", "millimetre millimetres millimeter millimeters мм 毫米 公釐 มม. มิลลิเมตร 밀리미터"),
    Known("cm", "1/100", "meter", "centimetre centimetres см 厘米 公分 ซม."),
    Known("km", "1000", "meter", "kilometre kilometres kilometer kilometers км 公里 千米 กม. 킬로미터"),
    Known("in", "1", "inch", "inch inches"),
    Known("ft", "1", "foot", "foot feet"),
    Known("mi", "1", "mile", "mile miles"),
    Known("m2", "1", "meter^2", "sqm sq.m м2 кв.м 平方米 平方公尺 제곱미터 ตร.ม."),
    Known("km2", "1000000", "meter^2", "sqkm км2 кв.км 平方公里 제곱킬로미터 ตร.กม."),
    Known("ha", "10000", "meter^2", "hectare hectares га 公顷 公頃 헥타르"),
    Known("acre", "1", "acre", "acres"),
    Known(
        "m3",
        "1",
        "meter^3",
        "cubicmeter cubicmeters cubicmetre cubicmetres cbm cum м3 куб.м 立方米 立方公尺 세제곱미터 ลบ.ม. ลูกบาศก์เมตร",
    ),
    Known("m3", "1", "meter^3", "톤 吨 噸 度 ton tonne t"),  # water is counted so
    Known("L", "1/1000", "meter^3", "l litre litres liter liters л 리터 升 公升 ลิตร lít", "mckMG"),
    Known("gal", "1", "gallon", "gallon gallons"),
    # time, speed, flow
    Known("s", "1", "second", "sec secs second seconds с сек 초 秒 วินาที giây detik", "m"),
    Known("min", "60", "second", "mins minute minutes мин 분 分 分钟 分鐘 นาที phút menit"),
    Known("h", "3600", "second", "hr hrs hour hours ч час 시간 時 时 小时 小時 時間 ชม. ชั่วโมง giờ jam цаг"),
    Known("d", "86400", "second", "day days сут день 일 日 天 วัน ngày hari хоног өдөр"),
    Known("week", "604800", "second", "weeks wk 주"),
    Known("month", "1", "~month", "months mo mon 월 개월 月 เดือน tháng bulan мес сар"),
    Known("year", "1", "~year", "years y yr a 년 年 ปี năm tahun год жил"),
    Known("m/s", "1", "meter/second", "ms ms-1 mps"),
    Known("km/h", "5/18", "meter/second", "kmh kph kmph кмч"),
    Known("kn", "1", "knot", "kt kts knot knots узел"),
    Known("mph", "1", "mile/hour", ""),
    Known("m3/s", "1", "meter^3/second", "cms"),
    # temperature, pressure
    Known(
        "degC",
        "1",
        "degC",
        "°C °С C c Cel celsius degreescelsius degreecelsius 度 摄氏度 攝氏度 도 섭씨 องศาเซลเซียส độC",
    ),
    Known("degF", "1", "degF", "°F F fahrenheit degreesfahrenheit [degF]"),
    Known("K", "1", "kelvin", "kelvins kelvin"),
    Known("Pa", "1", "pascal", "pascal па", "hkM"),
    Known("hPa", "100", "pascal", "mb mB millibar millibars hectopascal гПа 百帕 헥토파스칼 เฮกโตปาสคาล"),
    Known("bar", "100000", "pascal", "bars", "m"),
    Known("mmHg", "1", "mmHg", "ммрт.ст. мм.рт.ст. torr"),
    Known("inHg", "1", "inHg", "inchofmercury"),
    Known("atm", "1", "atm", "atmosphere"),
    # energy, power, electricity, radiation, light
    Known("J", "1", "joule", "joule joules дж", "kMGT"),
    Known("Wh", "3600", "joule", "W.h Втч", "kMGT"),
    Known("kWh", "3600000", "joule", "kW.h kWhr kWhs кВтч кВт·ч 度 千瓦时 千瓦時 瓩時 킬로와트시 кВт.ч"),
    Known("MWh", "3600000000", "joule", "MW.h МВтч 兆瓦时"),
    Known("cal", "1", "calorie", "", "kMG"),
    Known("toe", "1", "toe", "", "k"),
    Known("W", "1", "watt", "watt watts Вт", "mkMG"),
    Known("V", "1", "volt", "volt volts В", "mk"),
    Known("A", "1", "ampere", "amp amps ampere", "mk"),
    Known("Ah", "3600", "ampere*second", "A.h", "mk"),
    Known("Hz", "1", "hertz", "hertz Гц", "kMG"),
    Known("VA", "1", "volt*ampere", "", "kM"),
    Known("kVAh", "3600000", "volt*ampere*second", ""),
    Known("var", "1", "~var", "", "kM"),
    Known("kvarh", "3600000", "~var*second", ""),
    Known("S", "1", "siemens", "", "mu"),
    Known("lx", "1", "lux", "lux люкс 룩스 勒克斯", "k"),
    Known("Sv", "1", "sievert", "", "num"),
    Known("Bq", "1", "becquerel", "", "kM"),
    Known("mol", "1", "mole", "", "num"),
    # what one value is of another
    Known("1", "1", "~one", "C62 ratio fraction dimensionless"),
    Known("%", "1/100", "~one", "percent percentage pct 퍼센트 百分比 เปอร์เซ็นต์ ร้อยละ"),
    Known("permille", "1/1000", "~one", "promille ‰"),
    Known("ppm", "1/1000000", "~mole_fraction", "ppmv [ppm] umol/mol umolmol-1 partspermillion"),
    Known("ppb", "1/1000000000", "~mole_fraction", "ppbv [ppb] nmol/mol nmolmol-1 partsperbillion"),
    Known("ppt", "1/1000000000000", "~mole_fraction", "pptv [pptr] pmol/mol"),
    Known("ug/m3", "1/1000000", "gram/meter^3", "ugm3 ugm-3 ug/cbm mcg/cbm มคก./ลบ.ม."),
    Known("mg/m3", "1/1000", "gram/meter^3", "mgm3 mgm-3 mg/cbm"),
    Known("ng/m3", "1/1000000000", "gram/meter^3", "ngm3 ngm-3"),
    Known("deg", "1", "~deg", "° degree degrees arcdegree 도 度 градус 角度 องศา độ"),
    Known("rad", "57.295779513082320877", "~deg", "radian radians"),
    Known("dB", "1", "~dB", "dBA dB(A) db-a decibel decibels дБ дБА дБ(А) 데시벨 分贝 分貝 เดซิเบล"),
    Known("dBm", "1", "~dBm", "dB[mW]"),
    Known("pH", "1", "~pH", "[pH]"),
    Known("NTU", "1", "~NTU", "[NTU'U]"),
    Known("FNU", "1", "~FNU", ""),
    Known("index", "1", "~index", "AQI CAI 1 C62 지수 指数 指數 score points 점"),
    # what is counted
    Known("count", "1", "~count", "counts 1 C62 piece pieces each number cases 건 件 건수 ครั้ง lần"),
    Known("people", "1", "~person", _PEOPLE),
    Known("households", "1", "~household", "household 세대 가구 戶 户 ครัวเรือน hộ өрх"),
    Known("vehicles", "1", "~vehicle", "vehicle veh car cars 대 辆 輛 台 คัน xe авто"),
    Known("bicycles", "1", "~bicycle", "bicycle bike bikes 대 辆 輛 台 คัน"),
    Known("trips", "1", "~trip", "trip rental rentals ride rides 건 회 次"),
    Known("shops", "1", "~shop", "shop store stores 개 개소"),
    Known("places", "1", "~place", "place station stations stop stops space spaces dock docks rack racks 면 개소"),
    Known("payments", "1", "~payment", "payment transaction transactions 건"),
    Known("L/person/day", "1/86400000", "meter^3/~person/second", "lpcd"),
)

# UN/CEFACT Recommendation 20. They are texts of the units too, in capitals alone.
CODES: Mapping[str, str] = {
    "GQ": "ug/m3", "GP": "mg/m3", "59": "ppm", "61": "ppb", "CEL": "degC", "FAH": "degF", "KEL": "K", "P1": "%",
    "C62": "1", "IE": "people", "E54": "trips", "2N": "dB", "DBM": "dBm", "MTS": "m/s", "KMH": "km/h", "KNT": "kn",
    "HM": "mph", "DD": "deg", "MMT": "mm", "CMT": "cm", "MTR": "m", "KMT": "km", "SMI": "mi", "28": "kg/m2",
    "H67": "mm/h", "A97": "hPa", "BAR": "bar", "PAL": "Pa", "KPA": "kPa", "D54": "W/m2", "LUX": "lx", "LTR": "L",
    "MTQ": "m3", "K6": "kL", "MAL": "ML", "E32": "L/h", "L2": "L/min", "G51": "L/s", "MQH": "m3/h", "MQS": "m3/s",
    "KWH": "kWh", "WHR": "Wh", "MWH": "MWh", "GWH": "GWh", "WTT": "W", "KWT": "kW", "AMP": "A", "VLT": "V",
    "HTZ": "Hz", "AMH": "Ah", "2Z": "mV", "D46": "VA", "KVA": "kVA", "C79": "kVAh", "D44": "var", "KVR": "kvar",
    "K3": "kvarh", "SEC": "s", "MIN": "min", "HUR": "h", "DAY": "d", "WEE": "week", "MON": "month", "ANN": "year",
    "M1": "mg/L", "GL": "g/L", "G42": "uS/cm", "NTU": "NTU", "FNU": "FNU", "Q30": "pH", "KGM": "kg", "GRM": "g",
    "TNE": "t", "MTK": "m2", "KMK": "km2", "P72": "uSv/h", "A19": "Bq/m3", "H87": "count", "JOU": "J",
}  # fmt: skip
# Further codes that are read but not written, as another one is better.
READ_CODES: Mapping[str, str] = {"MBR": "hPa", "HAR": "ha", "EA": "count", "HEA": "count"}
# Codes that are there for something else than they are used for.
MISUSED: Mapping[str, str] = {
    "HPA": "HPA is the code of a hectolitre of pure alcohol; that of hPa is A97",
    "FAR": "FAR is the code of the farad; that of degF is FAH",
    "S4": "S4 is the code of m2/s; that of m/s is MTS",
    "LS": "LS is the code of a lump sum; that of L/s is G51",
    "K5": "K5 is no longer a code; that of kvar is KVR",
}

# Words and signs before a unit. Those of letters that are put together need a blank after them.
MULTIPLIERS: Mapping[str, int] = {
    "thousand": 10**3, "thousands": 10**3, "тыс": 10**3, "тыс.": 10**3, "мянган": 10**3, "мян": 10**3, "мян.": 10**3,
    "ribu": 10**3, "nghìn": 10**3, "ngàn": 10**3, "mil": 10**3,
    "million": 10**6, "millions": 10**6, "mn": 10**6, "mln": 10**6, "млн": 10**6, "млн.": 10**6, "сая": 10**6,
    "juta": 10**6, "triệu": 10**6,
    "billion": 10**9, "billions": 10**9, "bn": 10**9, "млрд": 10**9, "млрд.": 10**9, "тэрбум": 10**9,
    "miliar": 10**9, "milyar": 10**9, "tỷ": 10**9, "tỉ": 10**9, "trillion": 10**12, "triliun": 10**12,
}  # fmt: skip
JOINED: Mapping[str, int] = {
    "천": 10**3, "만": 10**4, "십만": 10**5, "백만": 10**6, "천만": 10**7, "억": 10**8, "십억": 10**9, "백억": 10**10,
    "조": 10**12, "百": 10**2, "千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "百萬": 10**6, "千万": 10**7,
    "亿": 10**8, "億": 10**8, "兆": 10**12, "พัน": 10**3, "หมื่น": 10**4, "แสน": 10**5, "ล้าน": 10**6,
}  # fmt: skip

# ISO 4217, the currencies of today.
_ISO_4217 = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
    "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON "
    "RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH "
    "UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
CURRENCIES = frozenset(_ISO_4217.split())
# What is written for them, with the currencies that it may be.
MONEY: Mapping[str, str] = {
    "원": "KRW", "₩": "KRW", "won": "KRW", "元": "CNY TWD HKD", "圆": "CNY", "圓": "TWD", "人民币": "CNY", "RMB": "CNY",
    "新台幣": "TWD", "NT$": "TWD", "NTD": "TWD", "HK$": "HKD", "円": "JPY", "¥": "JPY CNY", "yen": "JPY",
    "$": "USD TWD HKD SGD AUD CAD NZD MXN", "US$": "USD", "dollars": "USD", "S$": "SGD", "RM": "MYR", "ringgit": "MYR",
    "Rp": "IDR", "rupiah": "IDR", "₫": "VND", "đ": "VND", "đồng": "VND", "VNĐ": "VND", "dong": "VND", "฿": "THB",
    "บาท": "THB", "baht": "THB", "₮": "MNT", "төгрөг": "MNT", "tugrik": "MNT", "₽": "RUB", "руб": "RUB",
    "рублей": "RUB", "₸": "KZT", "тенге": "KZT", "теңге": "KZT", "R$": "BRL", "€": "EUR", "euro": "EUR",
    "euros": "EUR", "£": "GBP", "₱": "PHP", "₹": "INR",
}  # fmt: skip
