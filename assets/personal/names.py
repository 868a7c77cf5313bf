"""Names of columns that may be about persons, in the languages of the packs. The one list, for proposals and landing.

A proposal asks about every one of them. A delivery is refused by a name alone only where it is `sure`: a telephone may
be that of a town hall, and its number tells. What is counted by a column is no person: `phone_count`, `신청인수`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Named:
    """What a kind of column is called. `sure`: nothing but a person's has such a name."""

    kind: str
    pattern: re.Pattern[str]
    sure: bool


def _named(kind: str, pattern: str, *, sure: bool) -> Named:
    return Named(kind, re.compile(f"(?i){pattern}"), sure)


def _words(*words: str) -> str:
    """Whole words of Latin or Cyrillic letters, between anything that is no letter."""
    return rf"(?:^|[\W\d_])(?:{'|'.join(words)})(?:$|[\W\d_])"


_WHO = "citizen|applicant|caller|owner|contact|patient|resident|member|driver|passenger|complainant|requester|tenant"
_USER = "user|usr|member|customer|cust|subscriber|passenger|rider|patient|person|citizen|resident|subject|cardholder"

NAMES = (
    _named(
        "a number of residents or a passport",
        r"주민(?:등록)?_?번호|주민등록$|외국인등록번호|여권번호|운전면허번호|身份证|身份證|居民身份|護照號|护照号|"
        r"個人番号|マイナンバー|旅券番号|免許証番号|เลขประจำตัวประชาชน|เลขบัตรประชาชน|หนังสือเดินทาง|"
        r"căn cước|số cmnd|hộ chiếu|nomor induk kependudukan|регистрийн дугаар|жсн|жеке сәйкестендіру|паспорт|иин|"
        r"resident_?(?:id|no|num(?:ber)?|registration_?(?:no|number))(?:$|_)|citizen_?id|national_?id|rrn$|jumin|"
        + _words("ssn", "nik", "ktp", "cccd", "cmnd", "cpf", "nric", "mykad", "passport", "passport_?n[or]", "iin"),
        sure=True,
    ),
    _named(
        "a card or an account",
        r"카드_?번호|계좌_?번호|카드id|银行卡号|卡号|卡號|カード番号|口座番号|เลขบัตรเครดิต|เลขที่บัญชี|số thẻ|số tài khoản|"
        r"nomor kartu|номер карты|картын дугаар|карта нөмірі|"
        r"cardid|card_?(?:id|no|num|number|pan)(?:$|_)|paycard|account_?(?:no|num|number)$|iban$|cédula",
        sure=True,
    ),
    _named(
        "a device or a subscriber",
        r"단말(?:기)?_?(?:번호|id|식별)|기기_?식별|가입자_?(?:번호|id)|設備識別|设备识别码|端末識別|"
        r"(?:advertising|android|mobile_?ad)_?id|"
        + _words("imei", "imsi", "msisdn", "iccid", "idfa", "idfv", "gaid", "adid", "maid"),
        sure=True,
    ),
    _named(
        "a number of users",
        r"회원_?(?:번호|id)|고객_?(?:번호|id)|이용자_?(?:번호|id)|사용자_?(?:번호|id)|환자_?번호|会员号|會員編號|用户id|"
        r"用戶id|顧客番号|会員番号|利用者id|รหัสสมาชิก|รหัสลูกค้า|mã khách hàng|mã người dùng|nomor pelanggan|"
        rf"(?:^|[\W\d_])(?:{_USER})_?(?:id|no|num|number|uid|key|hash)(?:$|[\W\d_])|"
        + _words("userid", "username", "login_?id"),
        sure=True,
    ),
    _named(
        "a name of persons",
        r"성명|고객명|신청자명|회원명|이용자명|姓名|氏名|フリガナ|ชื่อ-สกุล|ชื่อ-นามสกุล|họ (?:và )?tên|nama lengkap|"
        r"фамилия|отчество|аты-жөні|овог нэр|buong pangalan|apellidos|"
        rf"first_?name|last_?name|(?:customer|user)_?name|(?:{_WHO})[_ ]?name|person_?name|"
        + _words("surname", "firstname", "lastname", "maiden_?name"),
        sure=True,
    ),
    _named(
        "a date of birth",
        r"생년월일|出生日期|出生年月日|生年月日|วันเกิด|ngày sinh|tanggal lahir|дата рождения|төрсөн огноо|туған күні|"
        r"birth_?(?:date|day)(?:$|_)|date_?of_?birth|" + _words("dob"),
        sure=True,
    ),
    _named(
        "a plate of vehicles",
        r"차량_?번호|자동차_?(?:등록)?번호|車牌|车牌|車両番号|ป้ายทะเบียน|biển số|nomor polisi|licen[cs]e_?plate|"
        r"plate_?(?:no|num|number)|госномер",
        sure=True,
    ),
    _named(
        "a telephone",
        r"전화|휴대폰|핸드폰|연락처|電話|手机|手機|电话|携帯|โทรศัพท์|มือถือ|điện thoại|nomor telepon|телефон|утас|"
        r"teléfono|telefono|phone|" + _words("tel", "telno", "tel_?n[or]", "mobile", "handphone", "cell_?no"),
        sure=False,
    ),
    _named(
        "an e-mail",
        r"이메일|전자우편|信箱|邮箱|郵箱|メール|อีเมล|электронн|цахим шуудан|correo|surel|e-?mail|" + _words("mail"),
        sure=False,
    ),
    _named(
        "who asked or complained",
        rf"신청인|민원인|^이름$|full_?name$|applicant$|complainant$|(?:{_WHO})[_ ]?(?:phone|id|no|number)|"
        + _words(r"birth\w*", "plate"),
        sure=False,
    ),
)

# What a name ends with where it says how many or of which sort, and names nobody.
_COUNTED = re.compile(
    r"(?i)(?:수|건수|인원|인원수|구분|유형|종류|비율|비중|여부|율|합계|種別|件数|人數|人数|类型|"
    r"[_ ](?:count|cnt|counts|type|types|kind|class|group|share|ratio|rate|total|sum|flag|yn|users|num_of))$"
)


@cache
def named_of_persons(name: str) -> Named | None:
    """What a name says that a column is about, None where it says nothing of persons."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    if _COUNTED.search(spaced):
        return None
    return next((one for one in NAMES if one.pattern.search(spaced) or one.pattern.search(name)), None)
