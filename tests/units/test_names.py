"""Names as the rules of units compare them."""

from __future__ import annotations

import pytest

from copyfind.units.names import parsed


@pytest.mark.parametrize(
    ("raw", "stem", "suffix", "is_raw"),
    [
        (b"DSC_1.NEF", "DSC_1", "nef", True),
        (b"a.b.Jpg", "a.b", "jpg", False),
        (b"no suffix", "no suffix", "", False),
        ("u\u0308.jpg".encode(), "ü", "jpg", False),
        (b"x.jpg ", "x", "jpg", False),
    ],
)
def test_a_name_has_a_stem_and_a_suffix(raw: bytes, stem: str, suffix: str, is_raw: bool) -> None:  # noqa: FBT001 - of a test
    name = parsed(raw)

    assert (name.stem, name.suffix, name.is_raw) == (stem, suffix, is_raw)
    assert name.raw == raw
