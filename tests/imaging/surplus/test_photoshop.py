"""Image resources and layers."""

from __future__ import annotations

import io

import pytest

from copyfind.imaging.surplus.parts import Bytes, Found
from copyfind.imaging.surplus.photoshop import (
    count_in_blocks,
    layer_count,
    layers_words,
    look_at_resources,
)


def resource(number: int, body: bytes, name: bytes = b"") -> bytes:
    named = bytes([len(name)]) + name
    padded = named + bytes(len(named) % 2)
    return (
        b"8BIM" + number.to_bytes(2, "big") + padded
        + len(body).to_bytes(4, "big") + body + bytes(len(body) % 2)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (resource(1028, b"iptc") + resource(1036, b"preview") + resource(2999, b"x"), []),
        (resource(1005, b"odd", b"a name") + resource(2000, b"path", b"Path 1"), ["a path"]),
        (resource(2000, b"one") + resource(2001, b"other"), ["2 paths"]),
        (resource(4000, b"plug-in"), ["unknown data (Photoshop 4000)"]),
        (resource(1028, b"iptc") + b"rubbish", ["unknown data (Photoshop)"]),
        (resource(1028, b"iptc") + bytes(9), []),
    ],
)
def test_paths_and_plug_ins_are_told(resources: bytes, said: list[str]) -> None:
    file = Bytes(io.BytesIO(resources))
    found = Found(file)
    look_at_resources(file, (0, len(resources)), found)
    assert [extra.words for extra in found.result().extras] == said


def test_layers_are_counted_in_either_order_of_bytes() -> None:
    big = b"8BIMPatt\0\0\0\3abc\0" + b"8BIMLr16\0\0\0\2\xff\xfd"
    little = b"MIB8ryaL\2\0\0\0\5\0"
    assert count_in_blocks(Bytes(io.BytesIO(big)), (0, len(big)), order=">") == 3
    assert count_in_blocks(Bytes(io.BytesIO(little)), (0, len(little)), order="<") == 5
    assert count_in_blocks(Bytes(io.BytesIO(b"rubbish" * 9)), (0, 63), order="<") == 0
    assert layer_count(Bytes(io.BytesIO(b"\xff\xff")), 0) == 1


def test_layers_have_words() -> None:
    assert [layers_words(n) for n in (0, 1, 7)] == ["data of layers", "a layer", "7 layers"]
