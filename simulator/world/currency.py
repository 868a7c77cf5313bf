"""Money of a country: its code, and roughly how much of it a US dollar is, so that prices look right."""

from __future__ import annotations

from simulator.world.world import World

_EURO = ("AT", "BE", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT")
_MONEY = {
    "AE": ("AED", 3.7),
    "AR": ("ARS", 900),
    "AU": ("AUD", 1.5),
    "BD": ("BDT", 110),
    "BN": ("BND", 1.35),
    "BR": ("BRL", 5),
    "CA": ("CAD", 1.35),
    "CH": ("CHF", 0.9),
    "CL": ("CLP", 900),
    "CN": ("CNY", 7.2),
    "CO": ("COP", 4_000),
    "CZ": ("CZK", 23),
    "DK": ("DKK", 6.9),
    "EG": ("EGP", 45),
    "GB": ("GBP", 0.8),
    "HK": ("HKD", 7.8),
    "HU": ("HUF", 350),
    "ID": ("IDR", 15_500),
    "IL": ("ILS", 3.7),
    "IN": ("INR", 83),
    "IR": ("IRR", 42_000),
    "JP": ("JPY", 145),
    "KE": ("KES", 130),
    "KH": ("KHR", 4_100),
    "KR": ("KRW", 1_300),
    "KZ": ("KZT", 450),
    "LA": ("LAK", 21_000),
    "LK": ("LKR", 300),
    "MA": ("MAD", 10),
    "MM": ("MMK", 2_100),
    "MN": ("MNT", 3_400),
    "MX": ("MXN", 17),
    "MY": ("MYR", 4.6),
    "NG": ("NGN", 1_500),
    "NO": ("NOK", 10.5),
    "NP": ("NPR", 133),
    "NZ": ("NZD", 1.6),
    "PE": ("PEN", 3.7),
    "PH": ("PHP", 56),
    "PK": ("PKR", 280),
    "PL": ("PLN", 4),
    "RO": ("RON", 4.6),
    "RU": ("RUB", 90),
    "SA": ("SAR", 3.75),
    "SE": ("SEK", 10.5),
    "SG": ("SGD", 1.35),
    "TH": ("THB", 35),
    "TR": ("TRY", 32),
    "TW": ("TWD", 31),
    "UA": ("UAH", 38),
    "UZ": ("UZS", 12_500),
    "VN": ("VND", 24_500),
    "ZA": ("ZAR", 18.5),
    **dict.fromkeys(_EURO, ("EUR", 0.92)),
}


def money(world: World) -> tuple[str, float]:
    """The code of the currency (ISO 4217) and how much of it a US dollar is; of a country not known here, dollars."""
    return _MONEY.get(world.city.config.country, ("USD", 1.0))
