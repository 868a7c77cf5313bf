"""In which encoding a text is: the right text comes out or none at all, never other letters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.failures import PermanentFailure
from assets.readers.encodings.decide import Decided, as_utf8
from assets.readers.encodings.pieces import pieces

NAMES = {
    "ko": "강남구 종로구 중구 서초동 이태원 해운대 부산 제주시 한강로 구로 양천구 쌍문동 왕십리",
    "zh-Hant": "中山 基隆 板橋 新北市 臺中 高雄市 松山區 花蓮縣 士林 淡水 萬華",
    "zh-Hans": "北京 朝阳区 上海 浦东 广州市 海淀 深圳 成都 武汉 徐汇",
    "ja": "東京 新宿区 大阪 渋谷 横浜市 なにわ サッポロ 京都 江戸川区 札幌 すみだ",
    "th": "กรุงเทพ เชียงใหม่ บางนา ดินแดง ภูเก็ต นนทบุรี สมุทรปราการ ลาดพร้าว",
    "vi": "Hà_Nội Đà_Nẵng Quận_1 Huế Cần_Thơ Thủ_Đức Bình_Thạnh Hải_Phòng",
    "ru": "Москва Тверская Пермь Казань Невский Омск Сочи Арбат Екатеринбург",
    "uk": "Київ Львів Харків Одеса Дніпро",
    "kk": "Алматы Астана Шымкент Қарағанды Ақтөбе",
    "sv": "Årsta Ängby Södermalm Malmö Göteborg Östermalm Västerås Umeå",
    "de": "Köln München Zürich Straße Düsseldorf Tübingen Fürth Mönchengladbach",
    "fr": "Orléans Nîmes Besançon Évry Saint-Étienne Châtelet Compiègne Orly-Gaîté",
    "pl": "Łódź Kraków Gdańsk Wrocław Poznań Białystok",
    "cs": "Brno-střed Plzeň Děčín Ústí České",
    "tr": "İstanbul Beşiktaş Üsküdar Kadıköy Eskişehir",
    "el": "Αθήνα Πειραιάς Θεσσαλονίκη Πάτρα",
}
# The first are tried for the language; in the others its text may come all the same.
ENCODINGS = {
    "ko": ["cp949"],
    "zh-Hant": ["cp950"],
    "zh-Hans": ["gb18030"],
    "ja": ["cp932", "euc_jp"],
    "th": ["cp874"],
    "vi": ["cp1258"],
    "ru": ["cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic"],
    "uk": ["cp1251", "koi8_u"],
    "kk": ["kz1048", "ptcp154"],
    "sv": ["cp1252", "cp850", "mac_roman"],
    "de": ["cp1252", "cp850", "mac_roman"],
    "fr": ["cp1252", "cp850", "mac_roman"],
    "pl": ["cp1250", "iso8859_2", "cp852"],
    "cs": ["cp1250", "iso8859_2", "cp852"],
    "tr": ["cp1254"],
    "el": ["cp1253", "iso8859_7"],
}
PACKS = [*((tag,) for tag in NAMES), ("ko", "en"), ("en",), ("ja", "ko", "zh-Hant"), ("ru", "fr"), ("sv", "en", "fi")]


def names(tag: str) -> list[str]:
    return [unicodedata.normalize("NFC", name.replace("_", " ")) for name in NAMES[tag].split()]


def written(text: str, encoding: str) -> bytes:
    """Vietnamese in its encoding has the tones as signs of their own."""
    if encoding != "cp1258":
        return text.encode(encoding)
    out = b""
    for sign in text:
        parts = unicodedata.normalize("NFD", sign)
        tones = "".join(mark for mark in parts[1:] if mark in "\u0300\u0301\u0303\u0309\u0323")
        bare = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones))
        try:
            out += sign.encode(encoding)
        except UnicodeEncodeError:
            out += (bare + tones).encode(encoding)
    return out


def outcome(content: bytes, languages: tuple[str, ...], declared: tuple[str, ...] = ()) -> Decided | None:
    """The text, or None when it is refused for its encoding."""
    try:
        return as_utf8("file.csv", content, languages, declared)
    except PermanentFailure:
        return None


def never_other_letters(text: str, encoding: str, languages: tuple[str, ...], declared: tuple[str, ...] = ()) -> bool:
    """Whether it was read; if so, as it was written."""
    decided = outcome(written(text, encoding), languages, declared)
    assert decided is None or unicodedata.normalize("NFC", decided.data.decode()) == text, (encoding, languages)
    return decided is not None


@pytest.mark.parametrize("tag", NAMES)
def test_each_encoding_beside_the_languages_of_each_pack(tag: str) -> None:
    every = names(tag)
    table = "date,station,pm10\n" + "".join(f"2026-07-21,{name},21\n" for name in every)
    for encoding in ENCODINGS[tag]:
        for pack in PACKS:
            read = never_other_letters(table, encoding, pack)
            for few in (every[0], every[-1], "\n".join(every[:2]), "\n".join(every[2:5])):
                never_other_letters(few, encoding, pack)
            if pack == (tag,) and encoding == ENCODINGS[tag][0]:
                assert read
    for pack in PACKS:
        assert never_other_letters(table, "utf-8", pack)


@given(data=st.data(), tag=st.sampled_from(sorted(NAMES)), pack=st.sampled_from(PACKS))
def test_law_a_few_names_are_read_right_or_refused(data: st.DataObject, tag: str, pack: tuple[str, ...]) -> None:
    few = data.draw(st.lists(st.sampled_from(names(tag)), min_size=1, max_size=3, unique=True))
    encoding = data.draw(st.sampled_from([*ENCODINGS[tag], "utf-8", "utf-16", "utf-8-sig"]))
    declared = data.draw(st.sampled_from([(), ("utf-8", "cp949"), ("utf-8", "utf-16", "cp1252"), ("utf-8", "big5")]))
    never_other_letters("name\n" + "\n".join(few) + "\n", encoding, pack, declared)


def test_what_was_decided_is_said_once() -> None:
    korean = ",".join(names("ko"))
    assert outcome(korean.encode("cp949"), ("ko", "en")) == Decided(
        korean.encode(), "cp949", "encoding cp949 (of utf-8, cp949, cp1252)"
    )
    assert outcome(korean.encode("cp949"), (), ("cp949",)) == Decided(korean.encode(), "cp949")
    assert outcome(korean.encode("utf-8-sig"), ()) == Decided(korean.encode(), "utf-8")
    assert outcome(korean.encode("utf-16"), ()) == Decided(korean.encode(), "utf-16")
    assert outcome(b"plain", ("ko",)) == Decided(b"plain", "utf-8")


def test_a_refusal_names_the_readings_and_what_to_write() -> None:
    with pytest.raises(PermanentFailure, match=r"cp949 reads .*cp950 reads '中山'.*encodings: \[cp950\]"):
        as_utf8("file.csv", "name\n中山\n板橋\n".encode("cp950"), ("ko",), ("utf-8", "cp949"))
    with pytest.raises(PermanentFailure, match="it is UTF-8, the contract says cp949"):
        as_utf8("file.csv", "이름\n강남구\n".encode(), ("ko",), ("cp949",))
    with pytest.raises(PermanentFailure, match="UTF-8 text with a byte order mark, the contract says big5"):
        as_utf8("file.csv", "name\n中山\n".encode("utf-8-sig"), ("zh-Hant",), ("big5",))


def test_a_declared_encoding_is_trusted() -> None:
    assert outcome("뷁똠".encode("cp949"), (), ("cp949",)) is not None
    assert outcome("Ängby".encode("cp1252"), ("ko",), ("cp1252",)) == Decided("Ängby".encode(), "cp1252")
    assert outcome("中山".encode("big5"), ("ko",), ("big5",)) == Decided("中山".encode(), "big5")
    assert outcome(b"\xff\xff", ("ko",), ("cp949",)) is None


def test_letters_of_asia_in_ascii() -> None:
    assert outcome("東京".encode("iso2022_jp"), ("ja",)) is None
    assert outcome("東京".encode("iso2022_jp"), ("ja",), ("iso2022_jp",)) == Decided("東京".encode(), "iso2022_jp")


def test_a_file_that_changes_its_encoding_half_way() -> None:
    korean = "".join(f"2026-07-21,{name},21\n" for name in names("ko") * 5).encode("cp949")
    other = "".join(f"2026-07-22,{name},21\n" for name in names("zh-Hant") * 5).encode("cp950")
    assert outcome(korean + other, ("ko",)) is None


def test_pieces_come_from_all_parts() -> None:
    content = b"x,y\n" * 1_000_000 + "1,강남\n".encode("cp949") + b"x,y\n" * 9_000_000 + "2,서초구;\n".encode("cp949")
    assert pieces(content) == ["강남".encode("cp949"), "서초구".encode("cp949")]
    long = "강남구청소년수련관" * 500
    assert outcome(long.encode("cp949"), ("ko",)) is not None
    assert outcome(long.encode(), ("ko",)) is not None


SIGNS = "°±µ²³½£§ñéöüÄ"
ASIA = [("ko",), ("ko", "en"), ("zh-Hant",), ("zh-Hant", "en"), ("zh-Hans",), ("ja",), ("ja", "en"), ("zh", "ja", "ko")]


@given(data=st.data(), pack=st.sampled_from(ASIA))
def test_law_a_sign_beside_letters_of_ascii_is_no_letter_of_asia(data: st.DataObject, pack: tuple[str, ...]) -> None:
    """Big5, GBK, Shift_JIS and CP949 have letters of which the second byte is ASCII: `\\xb0C`."""
    encoding = data.draw(st.sampled_from(["cp1252", "cp850", "mac_roman"]))
    signs = [sign for sign in SIGNS if encodable(sign, encoding)]
    plain = st.text(st.sampled_from("ABCNZabcnz0159"), min_size=1, max_size=4)
    words = data.draw(st.lists(st.tuples(plain, st.sampled_from(signs), plain).map("".join), min_size=1, max_size=8))
    never_other_letters("name\n" + "\n".join(words) + "\n", encoding, pack)


def encodable(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("words", "encoding", "pack"),
    [
        ("31°C 29°C", "cp1252", ("zh-Hant",)),
        ("Buoy_25°N Temp°C", "cp1252", ("zh-Hant", "en")),
        ("Logroño Coruña", "cp850", ("zh-Hant", "en")),
        ("잠실", "johab", ("zh-Hant",)),
        ("잠실", "johab", ("zh-Hant", "en")),
        ("±5 10°C", "mac_roman", ("pl",)),
        ("10°C 37°N", "mac_roman", ("pl", "en")),
    ],
)
def test_signs_are_not_read_as_letters(words: str, encoding: str, pack: tuple[str, ...]) -> None:
    text = "name\n" + words.replace("_", " ").replace(" ", "\n")
    never_other_letters(text, encoding, pack)


@pytest.mark.parametrize(
    ("encoding", "pack", "declared"),
    [
        ("cp1250", ("ko",), ("utf-8", "utf-16", "cp1252")),  # the Basque could write Gdañsk and Poznañ
        ("iso8859_2", ("ja", "ko", "zh-Hant"), ("utf-8", "utf-16", "cp1252")),
        ("cp852", ("sv", "en", "fi"), ()),
    ],
)
def test_the_same_letter_in_a_second_word_is_no_second_sign(
    encoding: str, pack: tuple[str, ...], declared: tuple[str, ...]
) -> None:
    assert outcome("name\nGdańsk\nPoznań\n".encode(encoding), pack, declared) is None


def refusal(content: bytes, *languages: str, declared: tuple[str, ...] = ()) -> str:
    with pytest.raises(PermanentFailure) as failure:
        as_utf8("file.csv", content, languages, declared)
    return str(failure.value)


def test_a_refusal_names_each_reading_once_and_the_sign_that_is_not_usual() -> None:
    said = refusal("n\nLogroño\n".encode("cp850"), "zh-Hant", "en")
    assert said.count("cp950 reads") == said.count("cp850 reads 'Logroño'") == 1
    assert "`encodings: [cp950]` or `encodings: [cp850]`" in said
    assert "'ą' there is not usual in pl" in refusal("n\n±5\n10°C\n".encode("mac_roman"), "pl")
    assert "cp1252 reads '31°C'" in refusal("n\n31°C\n".encode("cp1252"), "zh-Hant")
    assert "cp1253 would read 'Αθήνα'" in refusal("n\nΑθήνα\n".encode("cp1253"), "ko", declared=("utf-8", "ascii"))


def test_line_ends_of_unicode_are_white_space_and_controls_no_text() -> None:
    for sign in "\u0085\u2028\u2029":
        decided = outcome(f"n\nA{sign}B\n".encode(), ("de",))
        assert decided is not None
        assert decided.data.decode() == f"n\nA{sign}B\n"
    twice = "Ängby".encode().decode("latin-1").encode()
    assert "it is valid UTF-8 with signs that no text has (U+0084)" in refusal(b"n\n" + twice, "de")
