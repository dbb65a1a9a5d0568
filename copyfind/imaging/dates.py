"""Which moments of capture can be believed: cameras whose clock was never set have dates too."""

from __future__ import annotations

from datetime import date, datetime, timedelta

_FIRST_PHOTO = 1826
# Where clocks begin to count, and what well-known cameras fall back to.
_FALLBACKS = frozenset(
    {(1904, 1, 1), (1970, 1, 1), (1980, 1, 1), (1980, 1, 6), (2000, 1, 1), (2002, 12, 8)}
)
_AHEAD = timedelta(days=1)  # that a clock in another time zone may be


def is_believable(captured_at: str, *, today: date | None = None) -> bool:
    """Whether ISO 8601 text names a moment at which a picture may have been taken. today: without
    it nothing is held to lie in the future."""
    try:
        moment = datetime.fromisoformat(captured_at[:19])
    except ValueError:
        return False
    day = moment.date()
    if day.year < _FIRST_PHOTO or (day.year, day.month, day.day) in _FALLBACKS:
        return False
    # New Year's Day of the model's year, at the stroke of midnight or noon.
    if (day.month, day.day) == (1, 1) and (moment.hour % 12, moment.minute) == (0, 0):
        return False
    return today is None or day <= today + _AHEAD
