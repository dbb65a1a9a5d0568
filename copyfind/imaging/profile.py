"""ICC profiles by their numbers: whose colours go beyond sRGB, and profiles made of numbers."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from copyfind.records import Doubles

Point = tuple[float, float]

_D50 = np.array([0.9642, 1.0, 0.8249])
# Columns are the primaries of sRGB in XYZ, adapted to D50 (IEC 61966-2-1, as profiles hold them).
_SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]]
)
_TO_SRGB: Doubles = np.linalg.inv(_SRGB)
_BEYOND = 0.02  # of linear sRGB: what rounding, and whites a little off, account for
_BEYOND_TABLE = 0.06  # the same through a table and 8 bits of Lab
_TABLES = (b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1")
_LARGEST = 16 << 20  # bytes of a profile; those of printers have some megabytes
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

SRGB_PRIMARIES: tuple[Point, Point, Point, Point] = (
    (0.3127, 0.3290),  # white, red, green, blue
    (0.64, 0.33),
    (0.30, 0.60),
    (0.15, 0.06),
)
_D65, _DCI = (0.3127, 0.3290), (0.314, 0.351)
_PRIMARIES = {  # ISO/IEC 23091-2, colour primaries
    1: SRGB_PRIMARIES,
    5: (_D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (_D65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    7: (_D65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    9: (_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: (_DCI, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: (_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: (_D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
_UNSAID = 2
_LIKE_SRGB = {1, 6, 13, 14, 15}  # transfer: what is coded for television is shown as it is
HDR = {16, 18}  # PQ and HLG


@dataclass(frozen=True, slots=True)
class Gamut:
    """What a profile says that 8-bit sRGB may not hold. `key` is equal for equal colours."""

    space: str  # "RGB", "GRAY", "CMYK", "LAB", ...
    wide: bool  # colours beyond sRGB
    key: str


def identity(profile: bytes) -> str:
    """Equal for profiles that turn the same numbers into the same colours, whatever they are
    called; empty for what is no profile."""
    colours = gamut(profile)
    return _digest(_tags(profile)) if colours is not None else ""


@lru_cache(maxsize=64)
def gamut(profile: bytes) -> Gamut | None:
    """Of a profile, by its numbers alone; None for what is no profile."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    space = profile[16:20].decode("latin-1").strip()
    tags = _tags(profile)
    if space != "RGB":
        return Gamut(space, wide=False, key=_digest(tags))
    if not any(name in tags for name in _TABLES):
        columns = [_xyz(tags.get(name, b"")) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        if all(column is not None for column in columns):
            linear = _TO_SRGB @ np.array(columns, np.float64).T  # (3, 3) columns in linear sRGB
            wide = _is_beyond(linear, _BEYOND)
            return Gamut(space, wide, " ".join(f"{round(v * 50):d}" for v in linear.ravel()))
    corners = _corners(profile)
    return Gamut(space, corners is None or _is_beyond(corners, _BEYOND_TABLE), _digest(tags))


def _is_beyond(linear: Doubles, by: float) -> bool:
    return bool(linear.min() < -by or linear.max() > 1 + by)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    count = min(int.from_bytes(profile[128:132], "big"), 128)
    table = profile[132 : 132 + 12 * count]
    found = {}
    for at in range(0, len(table) - 11, 12):
        name, begin, length = struct.unpack(">4sII", table[at : at + 12])
        found[name] = profile[begin : begin + length]
    return found


def _digest(tags: dict[bytes, bytes]) -> str:
    """Of what turns numbers into colours: not of names, makers and dates."""
    digest = hashlib.sha256()
    for name in sorted(tags):
        if name[1:] in {b"XYZ", b"TRC"} or name in _TABLES or name in {b"wtpt", b"chad"}:
            digest.update(name + tags[name])
    return digest.hexdigest()[:32]


def _xyz(tag: bytes) -> list[float] | None:
    if tag[:4] != b"XYZ " or len(tag) < 20:
        return None
    return [value / 65536 for value in struct.unpack(">iii", tag[8:20])]


def _corners(profile: bytes) -> Doubles | None:
    """The full and half saturated colours of a profile with tables, in linear sRGB (3, N)."""
    levels = np.array(
        [(r, g, b) for r in (0, 128, 255) for g in (0, 128, 255) for b in (0, 128, 255)], np.uint8
    )
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(source, lab, "RGB", "LAB", renderingIntent=intent)
        shown = ImageCms.applyTransform(Image.fromarray(levels[None]), transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if shown is None:
        return None
    stored = np.asarray(shown)[0].astype(np.float64)  # (N, 3): L of 255, a and b as signed bytes
    lightness = stored[:, 0] * (100 / 255)
    a, b = (np.where(stored[:, n] > 127, stored[:, n] - 256, stored[:, n]) for n in (1, 2))
    f = (lightness + 16) / 116
    f = np.stack([f + a / 500, f, f - b / 200])  # (3, N)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _D50[:, None]
    linear: Doubles = _TO_SRGB @ xyz
    return linear


def coded_profile(primaries: int, transfer: int) -> bytes | None:
    """A profile for colours given by the code points of ISO/IEC 23091-2, as cICP of PNG and nclx
    of HEIC and AVIF do; None where they mean sRGB, or nothing known."""
    if primaries == _UNSAID and transfer == _UNSAID:
        return None
    points = _PRIMARIES.get(primaries, SRGB_PRIMARIES)
    if transfer in HDR:
        return made_profile(points, _pq if transfer == 16 else _hlg)
    if transfer in (4, 5, 8):
        return made_profile(points, {4: _power(2.2), 5: _power(2.8), 8: _power(1)}[transfer])
    return None if points == SRGB_PRIMARIES else made_profile(points, srgb_curve)


def gamma_profile(
    gamma: float | None, points: Sequence[Point] | None, *, grey: bool
) -> bytes | None:
    """A profile for what the chunks gAMA (1/2.2 for example) and cHRM of a PNG say; None where
    that is sRGB."""
    is_usual = gamma is None or abs(gamma - 1 / 2.2) < 0.01
    is_near = points is None or np.allclose(points, SRGB_PRIMARIES, atol=0.002)
    if gamma is not None and not 0.05 < gamma < 5:
        return None
    if is_usual and (is_near or grey):
        return None
    curve = srgb_curve if is_usual or gamma is None else _power(1 / gamma)
    if grey:
        return made_profile(None, curve)
    return made_profile(SRGB_PRIMARIES if is_near or points is None else points, curve)


def made_profile(points: Sequence[Point] | None, curve: Callable[[Doubles], Doubles]) -> bytes:
    """An ICC profile, version 2.4. points: x, y of white, red, green, blue; None for grey."""
    samples = curve(np.linspace(0, 1, 1024)).clip(0, 1)
    table = (samples * 65535).round().astype(">u2").tobytes()
    curved = b"curv\0\0\0\0" + struct.pack(">I", 1024) + table
    tags = {b"wtpt": _as_tag(_D50), b"desc": b"desc\0\0\0\0\0\0\0\x01\0" + bytes(78)}
    if points is None:
        tags[b"kTRC"] = curved
    else:
        columns = _adapted(points)
        if columns is None:
            return b""
        for letter, column in zip((b"r", b"g", b"b"), columns.T, strict=True):
            tags[letter + b"XYZ"] = _as_tag(column)
            tags[letter + b"TRC"] = curved
    head, body = struct.pack(">I", len(tags)), b""
    begin = 132 + 12 * len(tags)
    for name, value in tags.items():
        head += name + struct.pack(">II", begin + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    space = b"GRAY" if points is None else b"RGB "
    front = b"\0\0\0\0\x02\x40\0\0mntr" + space + b"XYZ " + struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    front += b"acsp" + bytes(28) + _as_tag(_D50)[8:] + bytes(48)
    return struct.pack(">I", 132 + 12 * len(tags) + len(body)) + front + head + body


def _as_tag(xyz: Doubles) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">iii", *(round(float(v) * 65536) for v in xyz))


def _adapted(points: Sequence[Point]) -> Doubles | None:
    """(3, 3) columns in XYZ for D50; None where the points span no triangle."""
    if any(not 0 < y <= 1 or not 0 <= x <= 1 for x, y in points):
        return None
    white, *primaries = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in points)
    matrix = np.stack(primaries, axis=1)
    if abs(np.linalg.det(matrix)) < 1e-6:
        return None
    matrix = matrix * np.linalg.solve(matrix, white)
    ours, theirs = _BRADFORD @ white, _BRADFORD @ _D50
    if (np.abs(ours) < 1e-6).any():
        return None
    adapted: Doubles = np.linalg.inv(_BRADFORD) @ np.diag(theirs / ours) @ _BRADFORD @ matrix
    return adapted if np.abs(adapted).max() < 10 else None


def srgb_curve(values: Doubles) -> Doubles:
    """Of sRGB, to linear light."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _power(exponent: float) -> Callable[[Doubles], Doubles]:
    return lambda values: values**exponent


def _pq(values: Doubles) -> Doubles:
    """SMPTE ST 2084, white of a screen at 203 nits: what is brighter is clipped."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = values ** (1 / m2)
    nits: Doubles = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return nits / 203


def _hlg(values: Doubles) -> Doubles:
    """ITU-R BT.2100 hybrid log-gamma; its reference white is a signal of 0.75."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    return scene / 0.265
