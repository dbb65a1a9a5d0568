"""What belongs to a file, as a plan has to know it."""

from __future__ import annotations

import os

from copyfind.cleanup.files import Files
from copyfind.cleanup.gathering import belongings_of
from copyfind.imaging.apart import at_once
from copyfind.plans import Belongings
from tests.cleanup.conftest import Album, Copy


def test_sidecars_of_redundant_pictures_travel(album: Album) -> None:
    album.add("keep/IMG_1.JPG", "picture")
    album.add("copy/IMG_1.JPG", "picture")
    album.add("copy/IMG_1.AAE", "edits")
    album.cluster("keep/IMG_1.JPG", Copy("copy/IMG_1.JPG", "keep/IMG_1.JPG"))
    found = belongings_of([album.path("copy/IMG_1.JPG")], Files(), at_once)
    names = {os.path.relpath(p, album.path("")): b for p, b in found.items()}

    plan = album.plan(belongings={os.fsdecode(n): b for n, b in names.items()})

    (action,) = plan.actions
    assert [c.file.path for c in action.companions] == [album.path("copy/IMG_1.AAE")]
    assert isinstance(found[album.path("copy/IMG_1.JPG")], Belongings)
