"""Numbers of persons that nobody has, made with their check digits. A plant occurs nowhere else."""

from __future__ import annotations

from collections.abc import Mapping


def card(number: str) -> str:
    """15 digits and the check digit of cards."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        double = int(digit) * (1 if place % 2 else 2)
        total += double - 9 if double > 9 else double
    return number + str(-total % 10)


def korean_resident(number: str) -> str:
    """Twelve digits and the check digit of residents."""
    total = sum(w * int(d) for w, d in zip((2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), number, strict=True))
    return number + str((11 - total % 11) % 10)


def korean_company(number: str) -> str:
    """Twelve digits and the check digit of companies."""
    return number + str(-sum(int(d) * (1, 2)[place % 2] for place, d in enumerate(number)) % 10)


def dashed(number: str, *lengths: int) -> str:
    """The number in groups."""
    parts, at = list[str](), 0
    for length in lengths:
        parts.append(number[at : at + length])
        at += length
    return "-".join(parts)


MAIL, PHONE = "kim.planted@example.net", "010-7391-8246"
RESIDENT, CARD = korean_resident("850412273918"), card("451739182464738")
PLANTS: Mapping[str, str] = {
    "an e-mail address": MAIL,
    "a mobile number": PHONE,
    "a number of residents": dashed(RESIDENT, 6, 7),
    "a number of cards": dashed(CARD, 4, 4, 4, 4),
    "a number of devices": "a4:83:e7:1f:9b:c2",
}
