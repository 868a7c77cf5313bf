"""Words that stand for values: sectors of the wind, yes and no, female and male."""

from __future__ import annotations

from collections.abc import Mapping

from assets.propose.cells import Cells

# Sixteen sectors clockwise from north, by language.
_ROSES = tuple(
    tuple(rose.split())
    for rose in (
        "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW",
        "북 북북동 북동 동북동 동 동남동 남동 남남동 남 남남서 남서 서남서 서 서북서 북서 북북서",
        "北 北北東 北東 東北東 東 東南東 南東 南南東 南 南南西 南西 西南西 西 西北西 北西 北北西",
        "北 北东北 东北 东东北 东 东东南 东南 南东南 南 南西南 西南 西西南 西 西西北 西北 北西北",
        "N NNE NE ENE E ESE SE SSE S SSO SO OSO O ONO NO NNO",
        "north northnortheast northeast eastnortheast east eastsoutheast southeast southsoutheast "
        "south southsouthwest southwest westsouthwest west westnorthwest northwest northnorthwest",
        "С ССВ СВ ВСВ В ВЮВ ЮВ ЮЮВ Ю ЮЮЗ ЮЗ ЗЮЗ З ЗСЗ СЗ ССЗ",
        "север северосеверовосток северовосток востоксеверовосток восток востокюговосток юговосток югоюговосток "
        "юг югоюгозапад югозапад западюгозапад запад западсеверозапад северозапад северосеверозапад",
        "северный северосеверовосточный северовосточный востоксеверовосточный восточный востокюговосточный "
        "юговосточный югоюговосточный южный югоюгозападный югозападный западюгозападный западный "
        "западсеверозападный северозападный северосеверозападный",
        "bắc bắcđôngbắc đôngbắc đôngđôngbắc đông đôngđôngnam đôngnam namđôngnam "
        "nam namtâynam tâynam tâytâynam tây tâytâybắc tâybắc bắctâybắc",
        "utara utaratimurlaut timurlaut timurtimurlaut timur timurtenggara tenggara selatantenggara "
        "selatan selatanbaratdaya baratdaya baratbaratdaya barat baratbaratlaut baratlaut utarabaratlaut",
        "norte nornoreste noreste estenoreste este estesureste sureste sursureste "
        "sur sursuroeste suroeste oestesuroeste oeste oestenoroeste noroeste nornoroeste",
        "norte nornordeste nordeste lesnordeste leste lessudeste sudeste sulsudeste "
        "sul sulsudoeste sudoeste oessudoeste oeste oesnoroeste noroeste nornoroeste",
    )
)
_CALM = {"calm", "c", "cv", "静穏", "무풍", "静風", "variable", "vrb", "-", "", "штиль", "lặng gió", "tenang", "calma"}
_PAIRS = (("1", "0"), ("Y", "N"), ("y", "n"))
_TRUE = {"1", "y", "yes", "true", "t", "예", "o"}
_FALSE = {"0", "n", "no", "false", "f", "아니오", "x"}
_SEXES = {
    word: sex
    for sex, words in {
        "female": "f female women woman 여 여자 여성 女 perempuan nữ mujer ж",
        "male": "m male men man 남 남자 남성 男 laki-laki lelaki nam hombre м",
        "total": "both total all 계 합계 jumlah",
    }.items()
    for word in words.split()
}


def sectors(cells: Cells) -> tuple[dict[str, float], tuple[str, ...]] | None:
    """Words of wind directions and their degrees, and those that mean none; None where others stand there, too."""
    there = [text for text in cells.filled.unique(maintain_order=True).to_list() if text not in cells.missing]
    for rose in _ROSES:
        degrees = {word: int(number * 22.5) if number % 2 == 0 else number * 22.5 for number, word in enumerate(rose)}
        calm = [word for word in there if word.casefold() in _CALM or word.upper() in ("NA", "NAN", "NULL")]
        words = {word: _degrees(word, degrees) for word in there if word not in calm}
        if words and all(value is not None for value in words.values()):
            said = {word: value for word, value in words.items() if value is not None}
            return said if not set(said) <= set(degrees) else degrees, tuple(calm)
    return None


def _degrees(word: str, degrees: Mapping[str, float]) -> float | None:
    plain = word.replace("-", "").replace(" ", "").removesuffix("風").removesuffix("风").removesuffix("풍")
    return degrees.get(plain, degrees.get(plain.upper(), degrees.get(plain.casefold())))


def truths(cells: Cells) -> dict[str, bool]:
    """Words that mean true and false, but for those words themselves; of a pair such as 0 and 1 both."""
    there = cells.filled.unique(maintain_order=True).to_list()
    words = {word: word.casefold() in _TRUE for word in there if word.casefold() in _TRUE | _FALSE}
    for yes, no in _PAIRS:
        if {yes, no} & set(words):
            words |= {yes: True, no: False}
    return {word: says for word, says in words.items() if word.casefold() not in ("true", "false")}


def sexes(cells: Cells) -> dict[str, str]:
    """Words for the sexes, as the models know them."""
    there = cells.filled.unique(maintain_order=True).to_list()
    return {
        word: _SEXES[word.casefold()] for word in there if word.casefold() in _SEXES and _SEXES[word.casefold()] != word
    }
