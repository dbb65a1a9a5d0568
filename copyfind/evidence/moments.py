"""What the capture times of two pictures say of them: evidence, never more.

A clock that was wrong is put right in one of two copies, and then two times stand for one capture.
Who re-dates a picture mostly saves it anew; a camera writes one file a shot, all in the same size
and quality. So two times weigh heavily between two files as one camera writes them within an hour,
and little between a file and an export of it.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from copyfind.records import Facts

_AT_ONCE = 3600.0  # seconds within which a session lies
_ZONE = 900.0  # seconds: zones are whole quarters of an hour apart
_SAME_QUALITY = 2  # by how much an estimate of one JPEG quality varies


class Doubt(IntEnum):
    """How much two capture times speak for two captures."""

    NONE = 0
    SOME = 1  # what the pixels prove outweighs it
    STRONG = 2  # only one grain in both would outweigh it


def doubt(a: Facts, b: Facts) -> Doubt:
    """What the times, and the cameras that wrote them, say."""
    if a.captured_at is None or b.captured_at is None or a.captured_at == b.captured_at:
        return Doubt.NONE
    if a.camera is None or b.camera is None:
        return Doubt.NONE
    one, other = moment(a.captured_at), moment(b.captured_at)
    if one is None or other is None:
        return Doubt.SOME
    apart = abs((one - other).total_seconds())
    if a.camera != b.camera:
        return Doubt.SOME if apart > 0 else Doubt.NONE
    # Whole quarters of an hour apart to the millisecond: a clock that was set right afterwards.
    if apart == 0 or apart % _ZONE == 0:
        return Doubt.NONE
    return Doubt.STRONG if apart < _AT_ONCE and _as_one_camera_writes(a, b) else Doubt.SOME


def is_one(a: Facts, b: Facts) -> bool:
    """One camera and one time with its fraction: one shot, whatever else differs."""
    same = a.camera is not None and a.camera == b.camera and a.captured_at == b.captured_at
    when = moment(a.captured_at) if same and a.captured_at else None
    return when is not None and when.microsecond > 0


def moment(text: str) -> datetime | None:
    """ISO 8601 without its zone: cameras seldom know it. None for what is no time."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _as_one_camera_writes(a: Facts, b: Facts) -> bool:
    """One format, size and quality, held upright or not."""
    qualities = (a.jpeg_quality, b.jpeg_quality)
    alike = (
        qualities[0] == qualities[1]
        if qualities[0] is None or qualities[1] is None
        else abs(qualities[0] - qualities[1]) <= _SAME_QUALITY
    )
    same_size = sorted((a.width, a.height)) == sorted((b.width, b.height))
    return a.format == b.format and same_size and alike
