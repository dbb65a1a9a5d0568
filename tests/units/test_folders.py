"""Real folders are listed and looked into; what cannot be looked into blocks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from copyfind.imaging.apart import Apart, at_once
from copyfind.imaging.formats import Undecodable
from copyfind.plans import PartKind
from copyfind.records import Problem
from copyfind.units.folders import read_units
from tests.filming import apple_note, film
from tests.units.conftest import belongs

J = TypeVar("J")
T = TypeVar("T")

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    'photoshop:SidecarForExtension="{}"/></rdf:RDF></x:xmpmeta>'
)


def test_a_real_folder_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "IMG_1.HEIC").write_bytes(b"still" + apple_note("A-1"))
    (tmp_path / "IMG_1.MOV").write_bytes(film("A-1"))
    (tmp_path / "IMG_2.HEIC").write_bytes(b"still" + apple_note("A-2"))
    (tmp_path / "IMG_2.MOV").write_bytes(film("A-9"))
    (tmp_path / "DSC_3.NEF").write_bytes(b"raw")
    (tmp_path / "DSC_3.JPG").write_bytes(b"jpeg")
    (tmp_path / "DSC_3.xmp").write_text(_XMP.format("NEF"))
    (tmp_path / "4.jpg").write_bytes(b"jpeg")
    (tmp_path / "4.json").write_text(json.dumps({"title": "4.jpg", "photoTakenTime": {}}))
    (tmp_path / "5.jpg").write_bytes(b"jpeg")
    (tmp_path / "5.json").write_text("[1, 2")

    names = ["IMG_1.HEIC", "IMG_2.HEIC", "DSC_3.NEF", "DSC_3.JPG", "4.jpg", "5.jpg"]
    units = read_units([os.fsencode(tmp_path / name) for name in names], at_once)

    assert {os.path.basename(os.fsdecode(p)): belongs(u) for p, u in units.items()} == {
        "IMG_1.HEIC": {"IMG_1.MOV": PartKind.FILM},
        "IMG_2.HEIC": {},
        "DSC_3.NEF": {"DSC_3.xmp": PartKind.SIDECAR, "DSC_3.JPG": PartKind.RENDERED},
        "DSC_3.JPG": {"DSC_3.NEF": PartKind.RAW},
        "4.jpg": {"4.json": PartKind.TAKEOUT},
        "5.jpg": {"5.json": PartKind.SIDECAR},
    }
    assert all(u.blocked is None for u in units.values())


def test_a_sidecar_that_is_a_link_blocks_its_picture(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"jpeg")
    (tmp_path / "elsewhere").write_bytes(b"xmp")
    (tmp_path / "a.xmp").symlink_to(tmp_path / "elsewhere")

    (found,) = read_units([os.fsencode(tmp_path / "a.jpg")], at_once).values()

    assert found.blocked == "a.xmp belongs to it and is a link or a folder"


def test_a_folder_that_is_gone_blocks_and_still_knows_pairs(tmp_path: Path) -> None:
    gone = [os.fsencode(tmp_path / "gone" / name) for name in ("a.jpg", "a.NEF")]

    units = read_units(gone, at_once)

    assert belongs(units[gone[0]]) == {"a.NEF": PartKind.RAW}
    assert units[gone[0]].blocked == "its folder cannot be listed: No such file or directory"


def ending(look: Callable[[J], T], at: J, /) -> T | Undecodable:
    """What asks a process that ends at one file."""
    if str(at).endswith("1.xmp'"):
        return Undecodable(Problem.OUT_OF_MEMORY, "it took 5 GB of memory")
    return at_once(look, at)


def test_what_ends_the_process_that_looks_blocks_its_picture_alone(tmp_path: Path) -> None:
    for stem in ("1", "2"):
        (tmp_path / f"{stem}.NEF").write_bytes(b"raw")
        (tmp_path / f"{stem}.xmp").write_text(_XMP.format("NEF"))
    pictures = [os.fsencode(tmp_path / f"{stem}.NEF") for stem in ("1", "2")]

    units = read_units(pictures, ending)

    assert units[pictures[0]].blocked == "1.xmp may belong to it: it took 5 GB of memory"
    assert units[pictures[1]].blocked is None
    assert belongs(units[pictures[1]]) == {"2.xmp": PartKind.SIDECAR}


def test_a_process_of_its_own_tells_what_this_one_would(tmp_path: Path) -> None:
    (tmp_path / "a.NEF").write_bytes(b"raw")
    (tmp_path / "a.JPG").write_bytes(b"jpeg")
    (tmp_path / "a.MOV").write_bytes(film("A-1"))
    (tmp_path / "a.xmp").write_text(_XMP.format("NEF"))
    (tmp_path / "b.json").write_text("[")
    (tmp_path / "b.jpg").write_bytes(b"jpeg")
    pictures = [os.fsencode(tmp_path / name) for name in ("a.NEF", "a.JPG", "b.jpg")]

    with Apart() as apart:
        assert read_units(pictures, apart) == read_units(pictures, at_once)
        assert apart.is_running
