"""Language tags (BCP 47), such as `ko`, `zh-Hant` or `pt-BR`: one spelling of each, and no country in place of one."""

from __future__ import annotations

import re
from functools import lru_cache

# Two letters (ISO 639-1), and the codes of three letters that BCP 47 does not take beside them (ISO 639-2).
_TWO_LETTERS = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul bi:bis bm:bam
bn:ben bo:bod,tib br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces,cze cu:chu cv:chv cy:cym,wel da:dan de:deu,ger
dv:div dz:dzo ee:ewe el:ell,gre en:eng eo:epo es:spa et:est eu:eus,baq fa:fas,per ff:ful fi:fin fj:fij fo:fao fr:fra,fre
fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun hy:hye,arm hz:her
ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl,ice it:ita iu:iku ja:jpn jv:jav ka:kat,geo kg:kon ki:kik kj:kua
kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao
lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri,mao mk:mkd,mac ml:mal mn:mon mr:mar ms:msa,may mt:mlt my:mya,bur na:nau nb:nob
nd:nde ne:nep ng:ndo nl:nld,dut nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli
pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron,rum ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin sk:slk,slo
sl:slv sm:smo sn:sna so:som sq:sqi,alb sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir
tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln
wo:wol xh:xho yi:yid yo:yor za:zha zh:zho,chi zu:zul
"""
_KNOWN = {pair[:2]: pair[3:].split(",") for pair in _TWO_LETTERS.split()}
_SHORTER = {long: short for short, codes in _KNOWN.items() for long in codes}
# Countries whose two letters are not those of their language. `kr` and `tw` are languages too, of Nigeria and Ghana.
_OF_COUNTRIES = {
    "cn": "zh-Hans",
    "cz": "cs",
    "dk": "da",
    "ir": "fa",
    "jp": "ja",
    "kr": "ko",
    "kz": "kk",
    "tw": "zh-Hant",
}
_OF_COUNTRIES |= {"ua": "uk", "vn": "vi", "hk": "zh-Hant", "us": "en", "gb": "en", "ph": "fil", "bn": "ms", "se": "sv"}
_SCRIPTS = {"TW": "Hant", "HK": "Hant", "MO": "Hant", "CN": "Hans", "SG": "Hans"}
_SUCH = "write a language tag such as ko, en, vi or zh-Hant"
_TAG = re.compile(
    "(?P<language>[a-z]{2,3})(?P<script>-[a-z]{4})?(?P<region>-(?:[a-z]{2}|[0-9]{3}))?"
    "(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)


def language_tag(text: object) -> str:
    """The tag as BCP 47 writes it: `zh_hant` is `zh-Hant`. Raises ValueError, a sentence, where it is no language."""
    if isinstance(text, bool):  # YAML 1.1 reads `no`, which is Norwegian, as false
        raise ValueError("a language is written as text; put the tag in quotes, as in 'no'")
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no language; {_SUCH}")
    return _tag_of(text)


@lru_cache(maxsize=1024)  # a pack says the same few a thousand times
def _tag_of(text: str) -> str:
    found = _TAG.fullmatch(text.strip().lower().replace("_", "-"))
    if found is None:
        raise ValueError(f"{text!r} is no language; {_SUCH}")
    language, script, region, variants = (part or "" for part in found.groups())
    if language in _SHORTER:
        raise ValueError(f"{text!r}: this language is written {_SHORTER[language]}")
    if len(language) == 2 and language not in _KNOWN:
        meant = _OF_COUNTRIES.get(language)
        raise ValueError(f"{text!r} is no language; {_SUCH if meant is None else f'did you mean {meant}?'}")
    return language + script.title() + region.upper() + variants


def language_of_country(country: str, tag: str) -> str | None:
    """The language that is meant where a tag is the code of the city's own country, as `kr` is of Korea; else None."""
    return _OF_COUNTRIES.get(tag) if country.lower() == tag else None


def nearest(tag: str, there: list[str]) -> str | None:
    """Of the tags that are there the one for a reader of `tag`: itself, a wider one (zh of zh-Hant), a narrower one."""
    written, asked = {_with_script(other): other for other in there}, _with_script(tag)
    parts = asked.split("-")
    for length in range(len(parts), 0, -1):
        if (wider := "-".join(parts[:length])) in written:
            return written[wider]
    return next((other for script, other in written.items() if script.startswith(f"{asked}-")), None)


def _with_script(tag: str) -> str:
    """Chinese of a country as it is written there: who reads zh-TW reads zh-Hant."""
    language, _, region = tag.partition("-")
    script = _SCRIPTS.get(region) if language == "zh" else None
    return tag if script is None else f"zh-{script}-{region}"
