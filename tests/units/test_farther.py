"""What programs keep of a picture in folders and lists of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from copyfind.units.farther import Farther


def kept(folder: Path, name: str = "a.jpg") -> list[str]:
    return [found.decode() for found, _ in Farther().of(bytes(folder / name))]


@pytest.mark.parametrize(
    "path",
    [
        "NKSC_PARAM/a.jpg.nksc",
        "SILKYPIX_DS/A.JPG.12.spd",
        "CaptureOne/Settings131/a.jpg.cos",
        "Exposure Software/Exposure X7/a.jpg.exposurex7",
        ".comments/a.jpg.xml",
        ".metadata/a.jpg.gq.xmp",
        ".picasaoriginals/a.jpg",
    ],
)
def test_folders_of_programs_are_looked_into(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text("edits")
    (tmp_path / path).with_name("ab.jpg.nksc").write_text("of another")

    assert kept(tmp_path) == [path]
    assert kept(tmp_path, "other.jpg") == []


@pytest.mark.parametrize("name", [".picasa.ini", "Picasa.ini"])
@pytest.mark.parametrize("begin", ["", "[Picasa]\nname=Lake\n"])
def test_picasa_lists_the_pictures_of_a_folder(tmp_path: Path, name: str, begin: str) -> None:
    text = "[b.jpg]\nbackuphash=1\n[a.jpg]\r\nstar=yes\r\ncaption=At the lake\r\nwidth=9\n"
    (tmp_path / name).write_text(begin + text)

    assert kept(tmp_path) == [f"{name} (star, caption)"]
    assert kept(tmp_path, "b.jpg") == []


def test_what_is_no_list_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".picasa.ini").write_bytes(b"\0\xff[a.jpg")
    (tmp_path / "Picasa.ini").mkdir()
    (tmp_path / ".comments").write_text("no folder")

    assert kept(tmp_path) == []
