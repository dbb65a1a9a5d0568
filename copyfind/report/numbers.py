"""Numbers as people read them."""

from __future__ import annotations

import re
from datetime import datetime

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def shown_bytes(count: int) -> str:
    """A number of bytes as people read it: 1234567 is '1.2 MB', in powers of 1000, as disks are
    sold and file managers count."""
    value = float(count)
    for unit in _UNITS:
        if abs(value) < 999.5 or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable: the last unit takes any value")


def parse_bytes(text: str) -> int:
    """The number of bytes in '500', '20k', '1.5MB' or '2 MiB'; ValueError says what is
    understood."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", text, re.IGNORECASE)
    if not match:
        raise ValueError(f"{text!r} is not a size; write for example 500, 20k, 1.5MB or 2MiB")
    number, prefix, binary = match.groups()
    power = " kmgt".index(prefix.lower()) if prefix else 0
    return int(float(number) * (1024 if binary else 1000) ** power)


def shown_seconds(seconds: float) -> str:
    """A time as people read it: 75 seconds are '1 min 15 s'."""
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def counted(number: int, noun: str) -> str:
    """A number of things in words: '1 file' or '2,000 copies'."""
    if number != 1:
        noun = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun}"


def shown_moment(text: str) -> str:
    """A moment of ISO 8601 by the clock of whoever reads it; what is none stays as it is."""
    try:
        return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return text
