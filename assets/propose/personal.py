"""Columns that may be about persons: names, telephone numbers, cards, plates, e-mail, numbers of residents."""

from __future__ import annotations

import re

from assets.propose.cells import Cells, is_mail_or_phone

_NAMED = re.compile(
    r"(?i)(?:^|[_\s.])(?:tel|phone|mobile|email|e-mail|mail|ssn|passport|surname|firstname|lastname|birth\w*|plate|imei|"
    r"msisdn|nik|ktp|cpf|cccd|cmnd)(?:$|[_\s.])|phone|e-?mail|cardid|card_?(?:id|no|num)|licen[cs]e_?plate|birthdate|"
    r"paycard|full_?name$|first_?name|last_?name|customer_?name|user_?name|"
    r"(?:citizen|applicant|caller|owner|contact|patient|resident|member|driver|passenger|complainant|requester|tenant)"
    r"[_ ]?(?:name|phone|id|no|number)|applicant$|complainant$|person_?(?:name|id)|citizen_id|resident_?(?:id|no)|"
    r"전화|휴대폰|연락처|이메일|주민등록|주민번호|성명|생년월일|차량번호|카드번호|신청인|민원인|^이름$|"
    r"電話|手机|电话|身份证|姓名|車牌|车牌|信箱|氏名|электронн|телефон|фамилия|điện thoại|họ tên|"
    r"nomor telepon|nama lengkap|"
    r"โทรศัพท์|อีเมล|ชื่อ-สกุล|teléfono|telefono|correo|cédula"
)


def may_be_personal(cells: Cells) -> bool:
    """Whether the name of a column or the form of its texts says that it may be about persons."""
    return _NAMED.search(cells.header.name) is not None or is_mail_or_phone(cells.filled)
