"""What is hidden and could be obeyed by a program is never set aside, so no journal asks for it."""

from __future__ import annotations

import pytest

from copyfind.units.hidden import may_be_put_back
from copyfind.units.rules import units_in
from tests.units.test_rules import Said


@pytest.mark.parametrize(
    "path", [b"/p/a.jpg", b"/p/a.jpg.desktop", b"/p/.x/a.jpg", b"/p/.x/a.MOV", b"/p/.a.xmp"]
)
def test_pictures_and_what_belongs_to_them_come_back(path: bytes) -> None:
    assert may_be_put_back(path)


@pytest.mark.parametrize(
    "path",
    [
        b"/p/.x/a",
        b"/p/.x/a.jpg.desktop",
        b"/p/.x/a.yml",
        b"/p/.x/a.yaml",
        b"/.p/a.txt",
        b"/p/.json",
    ],
)
def test_what_a_program_may_obey_does_not(path: bytes) -> None:
    assert not may_be_put_back(path)


@pytest.mark.parametrize("name", [b"a.jpg.json", b"a.yml", b"a.txt", b"a.jpg.anything"])
def test_a_unit_that_would_not_come_back_whole_is_blocked(name: bytes) -> None:
    seen = {
        f: units_in(f, [b"a.jpg", name], wanted=[b"a.jpg"], look=Said()) for f in (b"/p", b"/.p")
    }

    assert seen[b"/p"][b"/p/a.jpg"].blocked is None
    assert "hidden" in str(seen[b"/.p"][b"/.p/a.jpg"].blocked)


def test_a_hidden_picture_without_a_suffix_stays() -> None:
    (unit,) = units_in(b"/.p", [b"IMG_1"], wanted=[b"IMG_1"], look=Said()).values()

    assert "hidden" in str(unit.blocked)
