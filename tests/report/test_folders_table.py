"""Folders for eyes."""

from __future__ import annotations

import io

from rich.console import Console

from copyfind.answers import Shared, Sharing
from copyfind.report.as_table import Shape
from copyfind.report.folders_table import folders_table

ROOTS = (b"/home/Photos", b"/mnt/card")


def shared(folder: bytes, files: int, identical: int, edited: int = 0) -> Shared:
    return Shared(
        folder=folder,
        whole=True,
        files=files,
        identical=identical,
        edited=edited,
        size=1_000_000,
        other=b"/home/Photos/2019",
        in_other=identical,
    )


def read(sharing: Sharing, shape: Shape | None = None, *, against: tuple[bytes, ...] = ()) -> str:
    page = io.StringIO()
    table = folders_table(sharing, shape or Shape(), roots=ROOTS, against=against)
    Console(file=page, width=100).print(table)
    return "\n".join(" ".join(line.split()) for line in page.getvalue().splitlines())


PART = Sharing(
    (shared(b"/mnt/card/DCIM", 90, 90), shared(b"/mnt/card/b", 10, 6, 2)),
    shared(b"", 100, 96, 2),
    tuple(b"/mnt/card/b/%d.jpg" % number for number in range(2)),
)


def test_a_line_says_how_much_of_a_folder_is_where() -> None:
    assert read(PART).splitlines()[:3] == [
        "all card/DCIM 90 of 90 1.0 MB in Photos/2019",
        "some card/b 8 of 10 1.0 MB 6 of them in Photos/2019; 2 as edited copies",
        "",
    ]


def test_the_sum_says_what_is_in_one_folder_only() -> None:
    text = " ".join(read(PART).split())

    assert (
        "98 of 100 pictures are also in another folder: 96 with the same bytes or pixels, 2 as "
        "edited copies; 2 are in one folder only" in text
    )
    assert "0.jpg" not in text


def test_against_a_folder_what_is_not_in_it_is_named() -> None:
    text = read(PART, against=(b"/home/Photos",))

    assert "only card/b/0.jpg\nonly card/b/1.jpg" in text
    assert "98 of 100 pictures are also in /home/Photos" in text
    assert "2 are not" in " ".join(text.split())


def test_of_very_many_some_are_named_and_all_where_the_lines_are_wide() -> None:
    many = Sharing((), PART.total, tuple(b"/mnt/card/%d.jpg" % n for n in range(50)))

    text = read(many, against=(b"/home/Photos",))

    assert text.count("only card/") == 20
    assert "and 30 pictures more: --wide" in text
    assert read(many, Shape(wide=True), against=(b"/home/Photos",)).count("only /mnt/") == 50


def test_where_all_is_elsewhere_it_says_so() -> None:
    whole = Sharing((PART.folders[0],), shared(b"", 90, 90), ())

    assert "All 90 pictures are also in /home/Photos" in read(whole, against=(b"/home/Photos",))


def test_the_first_folders_may_be_enough() -> None:
    text = read(PART, Shape(top=1))

    assert "card/b" not in text
    assert "2 folders have copies elsewhere, the first 1 above" in text
