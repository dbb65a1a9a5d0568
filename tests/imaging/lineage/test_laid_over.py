"""Marks that lie over a picture."""

from __future__ import annotations

import pytest

from copyfind.imaging.lineage.laid_over import laid_over
from tests.imaging.lineage.steps import calmer, full, marked
from tests.photos import photos


@pytest.mark.parametrize("name", ["chelsea", "coffee", "astronaut"])
@pytest.mark.parametrize("suffix", ["PNG", "JPEG"])
def test_a_mark_lies_in_few_places_and_brings_edges(name: str, suffix: str) -> None:
    source, copy = full(photos()[name]), full(marked(photos()[name]), suffix)

    found = laid_over(source, copy)

    assert found["cells"] < 0.35
    assert found["there"] > 0.8
    assert found["edges"] > 0.3
    assert laid_over(copy, source)["edges"] < -0.3


def test_what_differs_everywhere_is_no_mark() -> None:
    picture = photos()["chelsea"]

    assert laid_over(full(picture), full(calmer(picture)))["there"] < 0.8
    assert laid_over(full(picture), full(picture))["largest"] == pytest.approx(-5)
