"""Marks that lie over a picture."""

from __future__ import annotations

import pytest

from copyfind.imaging.lineage.laid_over import without_marks
from copyfind.verdict import Origin
from tests.imaging.lineage.steps import calmer, full, marked
from tests.photos import photos


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
@pytest.mark.parametrize("suffix", ["PNG", "JPEG"])
def test_a_marked_picture_is_no_origin(name: str, suffix: str) -> None:
    source, copy = full(photos()[name]), full(marked(photos()[name]), suffix)

    assert without_marks(source, copy) is Origin.FIRST
    assert without_marks(copy, source) is Origin.SECOND


def test_what_differs_everywhere_is_no_mark() -> None:
    picture = photos()["chelsea"]

    assert without_marks(full(picture), full(calmer(picture))) is None
    assert without_marks(full(picture), full(picture, "JPEG", quality=40)) is None
