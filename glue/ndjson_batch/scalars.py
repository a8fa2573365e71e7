"""Values of the types that are only ever declared: timestamp, date, decimal. They are parsed strictly: what does not
parse, or would lose something, does not fit."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, Callable

from .ddl import Type

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIMESTAMP = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<zone_hour>[0-9]{2})(?::?(?P<zone_minute>[0-9]{2}))?)?"
)
_NUMBER = re.compile(
    r"(?P<sign>-)?(?P<whole>0|[1-9][0-9]*)(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)
_LONGEST_EXPONENT = 12  # characters; a decimal has at most 38 digits
_EPOCH = date(1970, 1, 1)
_YEAR_ZERO = -719528  # days from 1970-01-01 to 0000-01-01, the year that Python's dates do not have
_DAY = 86_400


def parse_date(text: str, _: Type | None = None) -> int | None:
    """Return the days from 1970 to YYYY-MM-DD, None if it is not a real date."""
    m = _DATE.fullmatch(text)
    if not m:
        return None
    year, month, day = map(int, m.groups())
    try:
        if year == 0:  # a leap year like 2000
            return _YEAR_ZERO + (date(2000, month, day) - date(2000, 1, 1)).days
        return (date(year, month, day) - _EPOCH).days
    except ValueError:
        return None


def parse_timestamp(text: str, _: Type | None = None) -> int | None:
    """Return the µs from 1970 to YYYY-MM-DDThh:mm[:ss[.fraction]][zone], UTC without a zone.

    The T may be a space; the zone is Z, ±hh:mm, ±hhmm or ±hh. Digits beyond the microsecond must be zero.
    """
    m = _TIMESTAMP.fullmatch(text)
    days = parse_date(m["date"]) if m else None
    if days is None:
        return None
    hour, minute, second = int(m["hour"]), int(m["minute"]), int(m["second"] or 0)
    zone_hour, zone_minute = int(m["zone_hour"] or 0), int(m["zone_minute"] or 0)
    if hour > 23 or minute > 59 or second > 59 or zone_hour > 23 or zone_minute > 59:
        return None
    fraction = m["fraction"] or ""
    if fraction[6:].strip("0"):
        return None
    east = (zone_hour * 60 + zone_minute) * 60 * (-1 if m["sign"] == "-" else 1)
    return (days * _DAY + hour * 3600 + minute * 60 + second - east) * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def parse_decimal(text: str, t: Type) -> Decimal | None:
    """Return a number in JSON's syntax, None if t cannot hold it exactly."""
    m = _NUMBER.fullmatch(text)
    if not m:
        return None
    fraction = m["fraction"] or ""
    digits = (m["whole"] + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return Decimal(0)
    exponent = (m["exponent"] or "0").lstrip("+")
    if len(exponent) > _LONGEST_EXPONENT:
        return None
    trailing = int(exponent) - len(fraction) + len(digits) - len(significant)  # zeros behind the significant digits
    if trailing + t.scale < 0 or len(significant) + trailing + t.scale > t.precision:
        return None
    unscaled = significant + "0" * (trailing + t.scale)
    return Decimal((int(bool(m["sign"])), tuple(map(int, unscaled)), -t.scale))


PARSERS: dict[str, Callable[[str, Type], Any]] = {
    "timestamp": parse_timestamp,
    "date": parse_date,
    "decimal": parse_decimal,
}
