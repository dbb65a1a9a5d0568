"""What XMP packets carry beside properties."""

from __future__ import annotations

import io

import pytest

from copyfind.imaging.surplus import xmp
from copyfind.imaging.surplus.parts import Bytes, Found

BLOB = b"QUJD" * 2000


@pytest.mark.parametrize(
    ("packet", "said"),
    [
        (b"<x:xmpmeta/>", []),
        (b'<a dc:title="' + b"a long title, " * 500 + b'"/>', []),
        (b"<xmpGImg:image>" + b"/9j/4AAQSkZJRgABAgEASABI&#xA;" * 500 + b"</xmpGImg:image>", []),
        (b'<a GDepth:Data="' + BLOB + b'"/>', ["a depth map"]),
        (b"<GAudio:Data>" + BLOB + b"</GAudio:Data>", ["sound"]),
        (b'<a acme:Thing="' + BLOB + b'"/>', ["data in its XMP"]),
    ],
)
def test_payloads_are_told_from_properties(packet: bytes, said: list[str]) -> None:
    found = Found(Bytes(io.BytesIO(b"")))
    xmp.look(packet, found)
    assert [extra.words for extra in found.result().extras] == said
