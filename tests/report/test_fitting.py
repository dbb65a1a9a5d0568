"""Texts in a number of terminal cells, and paths told from their folder."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from copyfind.report.fitting import Places, cut, cut_in_the_middle, padded, typed_path


def test_a_path_that_fits_is_whole() -> None:
    assert cut_in_the_middle("2019/Italy/IMG_1.jpg", 20) == "2019/Italy/IMG_1.jpg"


def test_a_long_path_keeps_where_it_begins_and_its_name() -> None:
    assert cut_in_the_middle("Photos/2019/Summer in Italy/IMG_1.jpg", 24) == (
        "Photos/2019/S…/IMG_1.jpg"
    )


def test_of_a_long_name_the_end_is_kept() -> None:
    text = cut_in_the_middle("web/a name without any end to it at all, so to say.jpg", 20)

    assert text == "web/a nam…to say.jpg"


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        (b"/home/me/Photos", "~/Photos"),
        (b"/home/me/My Photos", "~/'My Photos'"),
        (b"/mnt/it's", """'/mnt/it'"'"'s'"""),
    ],
)
def test_a_path_to_be_typed_is_one_word_of_a_shell(
    path: bytes, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("USERPROFILE", "/home/me")

    assert typed_path(path) == typed


@given(text=st.text("ab/日ｗ.é", max_size=60), width=st.integers(1, 40))
@example(text="aa/a", width=3)
def test_nothing_is_wider_than_its_room(text: str, width: int) -> None:
    assert cell_len(cut_in_the_middle(text, width)) <= width
    assert cell_len(cut(text, width)) <= width
    assert cell_len(padded(text, width)) == max(cell_len(text), width)


def test_below_one_folder_paths_need_no_name_of_it() -> None:
    places = Places([b"/home/me/Photos"])

    assert places.text(b"/home/me/Photos/2019/a.jpg") == "2019/a.jpg"
    assert places.told() == "paths are below /home/me/Photos"


def test_of_several_folders_each_has_its_shortest_name() -> None:
    places = Places([b"/home/me/Photos", b"/mnt/backup/Photos", b"/mnt/card"])

    assert places.text(b"/home/me/Photos/a.jpg") == "me/Photos/a.jpg"
    assert places.text(b"/mnt/backup/Photos/a.jpg") == "backup/Photos/a.jpg"
    assert places.text(b"/mnt/card/DCIM/a.jpg") == "card/DCIM/a.jpg"
    assert places.text(b"/mnt/card") == "card"
    assert "; card is /mnt/card" in places.told()


def test_the_innermost_folder_names_a_path() -> None:
    assert Places([b"/a", b"/a/b"]).text(b"/a/b/c.jpg") == "b/c.jpg"


@pytest.mark.parametrize("path", [b"/elsewhere/a.jpg", b"/home/me/Photos of others/a.jpg"])
def test_a_path_of_no_folder_is_whole(path: bytes) -> None:
    assert Places([b"/home/me/Photos"]).text(path) == path.decode()


def test_paths_may_be_below_the_root_of_all() -> None:
    assert Places([b"/"]).text(b"/a/b.jpg") == "a/b.jpg"
