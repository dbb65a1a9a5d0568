"""Codes of pictures in files that grow: what is there is found, whatever happened to the files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from copyfind.search import code_store
from copyfind.search.code_store import CodeStore
from copyfind.search.codes import encode
from tests.search.features import drawn

CODES = [encode(drawn(seed, 10 + seed)) for seed in range(6)]


def name(number: int) -> bytes:
    return bytes([number, 0, 7]) + bytes(29)


def filled(path: Path | None, numbers: Iterable[int] = range(6)) -> CodeStore:
    store = CodeStore(path)
    for number in numbers:
        store.add([name(number)], [CODES[number]])
    return store


def holds(store: CodeStore, numbers: Iterable[int]) -> bool:
    """Whether these pictures have their codes."""
    wanted = list(numbers)
    places = store.places([name(number) for number in wanted])
    return bool((places >= 0).all()) and all(
        np.array_equal(record["words"][: record["count"]], CODES[number].words)
        and np.array_equal(record["codes"][: record["count"]], CODES[number].codes)
        for number, record in zip(wanted, store.records(places), strict=True)
    )


@pytest.mark.parametrize("on_disk", [True, False])
def test_what_was_added_is_there(tmp_path: Path, *, on_disk: bool) -> None:
    store = filled(tmp_path / "codes" if on_disk else None)

    assert len(store) == 6
    assert holds(store, [3, 0, 5])
    assert store.places([name(9), name(2)]).tolist() == [-1, 2]
    assert store.counts(np.array([4, -1])).tolist() == [14, 0]
    assert store.records(np.array([-1]))["count"].tolist() == [0]


def test_another_run_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    filled(tmp_path / "codes", range(3))

    filled(tmp_path / "codes", range(3, 6))

    assert holds(CodeStore(tmp_path / "codes"), range(6))


@pytest.mark.parametrize("kind", ["names", "codes"])
@pytest.mark.parametrize("damage", ["cut", "gone", "longer", "another's"])
def test_damaged_files_are_begun_anew(tmp_path: Path, kind: str, damage: str) -> None:
    filled(tmp_path / "codes")
    (file,) = tmp_path.glob(f"*.{kind}")
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    elif damage == "another's":
        file.write_bytes(data[len(data) // 6 :] + data[: len(data) // 6])
    else:
        file.write_bytes(data[:-5] if damage == "cut" else data + bytes(5))

    assert len(CodeStore(tmp_path / "codes")) == 0
    assert holds(filled(tmp_path / "codes", [1]), [1])
    assert holds(CodeStore(tmp_path / "codes"), [1])


def test_codes_of_another_version_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "codes")

    monkeypatch.setattr(code_store, "CODES_VERSION", 99)

    assert len(CodeStore(tmp_path / "codes")) == 0


def test_where_nothing_can_be_written_codes_are_held_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    assert holds(filled(tmp_path / "file" / "codes"), range(6))


def test_two_that_write_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    one, other = CodeStore(tmp_path / "codes"), CodeStore(tmp_path / "codes")
    one.add([name(0)], [CODES[0]])
    other.add([name(1)], [CODES[1]])
    one.add([name(2)], [CODES[2]])

    for store in (one, other, CodeStore(tmp_path / "codes")):
        known = [number for number in range(3) if store.places([name(number)])[0] >= 0]
        assert holds(store, known)


def test_what_is_no_longer_wanted_goes_when_it_is_the_larger_part(tmp_path: Path) -> None:
    store = filled(tmp_path / "codes")

    store.keep_only([name(number) for number in (1, 2, 5)])
    assert len(store) == 6
    store.keep_only([name(number) for number in (5, 1)])

    assert len(store) == 2
    assert holds(store, [5, 1])
    assert holds(CodeStore(tmp_path / "codes"), [5, 1])


def mapped() -> int:
    """Bytes of files that count as memory of this process."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("RssFile:")[2].split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="where the system tells it")
def test_what_was_read_takes_no_memory(tmp_path: Path) -> None:
    numbered = [n.to_bytes(32, "big") for n in range(6000)]
    store = CodeStore(tmp_path / "codes")
    store.add(numbered, [CODES[1]] * len(numbered))  # 32 MB
    before = mapped()

    for start in range(0, len(numbered), 100):
        store.records(np.arange(start, start + 100))
    store.counts(np.arange(len(numbered)))

    assert mapped() - before < 8 << 20


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_the_files_are_for_our_eyes_alone_and_no_links(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        place = tmp_path / "cache" / "codes"
        store = filled(place)
        store.keep_only([name(1), name(2)])
        assert holds(CodeStore(place), [1, 2])
        assert {path.stat().st_mode & 0o777 for path in place.parent.iterdir()} == {0o600}
        assert place.parent.stat().st_mode & 0o777 == 0o700

        for path in place.parent.iterdir():
            path.chmod(0o644)  # as an older version left it
        filled(place, [4])
        assert {path.stat().st_mode & 0o777 for path in place.parent.iterdir()} == {0o600}
    finally:
        os.umask(before)

    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"a photo")
    for path in list(place.parent.iterdir()):
        path.unlink()
        path.symlink_to(photo)
    filled(place, [4])
    assert photo.read_bytes() == b"a photo"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="where memory is told")
def test_counting_in_any_order_takes_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system maps what lies around each record that is read."""
    store = CodeStore(tmp_path / "looks")
    names = [number.to_bytes(32, "big") for number in range(8000)]
    store.add(names, [encode(drawn(0, 1))] * len(names))  # 41 MB
    places = np.random.default_rng(0).permutation(len(names))
    let_go = CodeStore._let_go
    seen: list[int] = []

    def told(self: CodeStore) -> None:
        seen.append(resident())
        let_go(self)

    monkeypatch.setattr(CodeStore, "_let_go", told)
    before = resident()
    counts = store.counts(places)

    assert counts.tolist() == [1] * len(names)
    assert max(seen) - before < 32 * 2**20


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
