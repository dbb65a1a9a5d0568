"""Comments, whose a picture is, and what programs note in it are told before they go."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.ExifTags import Base
from PIL.PngImagePlugin import PngInfo

from copyfind.metadata.known import Metadata, read_metadata
from copyfind.metadata.losses import losses
from tests.conftest import draw


def said(suffix: str, **how: object) -> tuple[str, ...]:
    into = io.BytesIO()
    draw(1).save(into, suffix, **how)
    return read_metadata(into).texts


def texts(**named: str) -> PngInfo:
    info = PngInfo()
    for name, text in named.items():
        info.add_text(name, text)
    return info


@pytest.mark.parametrize("suffix", ["JPEG", "GIF"])
def test_a_comment_is_told(suffix: str) -> None:
    assert said(suffix, comment="Grandma, second from left") == (
        "comment: Grandma, second from left",
    )


def test_what_a_png_says_is_told() -> None:
    info = texts(parameters="a lake at dawn, steps: 30", Software="paint", Comment="mine")
    info.add_itxt("Author", "Ada", "en", "Author")

    assert said("PNG", pnginfo=info) == (
        "parameters: a lake at dawn, steps: 30",
        "comment: mine",
        "author: Ada",
    )


def test_whose_it_is_is_told_once_wherever_it_stands() -> None:
    exif = Image.Exif()
    exif[Base.Artist], exif[Base.Copyright] = "Ada", "all rights"
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Ada</rdf:li>'
        b"</rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
    )

    assert said("JPEG", exif=exif, xmp=packet) == ("creator: Ada", "copyright: all rights")


@pytest.mark.parametrize(
    "comment", ["CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90", "Lavc57.48.101", " "]
)
def test_what_programs_say_of_themselves_is_not(comment: str) -> None:
    assert said("JPEG", comment=comment) == ()
    assert said("PNG", pnginfo=texts(**{"date:create": "2020", "Creation Time": "noon"})) == ()


def test_a_text_that_the_keeper_has_too_is_no_loss() -> None:
    copy = Metadata(texts=("comment: Mine", "creator: Ada"))

    assert [str(loss) for loss in losses(Metadata(texts=("comment: mine",)), copy)] == [
        "creator: Ada"
    ]
