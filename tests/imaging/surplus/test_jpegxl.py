"""What a JPEG XL holds beside its picture."""

from __future__ import annotations

import pytest

from copyfind.imaging.formats import installed_extras
from tests.imaging.drawing import as_bytes, drawn
from tests.imaging.surplus.building import box, inside, words


@pytest.mark.skipif("jxl" not in installed_extras(), reason="needs the extra jxl")
def test_boxes_of_a_jpeg_xl_are_told() -> None:
    import pillow_jxl  # noqa: F401

    bare = as_bytes(drawn(), "JXL")
    code = bare if bare[:2] == b"\xff\x0a" else bare[bare.index(b"\xff\x0a") :]
    head = b"\0\0\0\x0cJXL \r\n\x87\n" + box(b"ftyp", b"jxl \0\0\0\0jxl ")
    for more, said in (
        ((), []),
        ((box(b"Exif", b"...."), box(b"brob", b"xml ....")), []),
        ((box(b"jhgm", b"map"),), ["a gain map"]),
        ((box(b"jbrd", b"...."),), ["what brings back its JPEG"]),
        ((box(b"acme", b"...."),), ["unknown data (box acme)"]),
        ((box(b"brob", b"acme...."),), ["unknown data (box brob)"]),
    ):
        assert words(head + box(b"jxlc", code) + b"".join(more)) == said
    whole = head + box(b"jxlc", code)
    assert inside(whole[:-9]).cut is not None
