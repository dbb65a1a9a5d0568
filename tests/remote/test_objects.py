"""Objects are read again by the address of their row, wherever they lie."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copyfind.records import FoundFile
from copyfind.remote.objects import ObjectsAgain
from copyfind.remote.store import located


def read(path: bytes, size: int) -> tuple[bytes, FoundFile]:
    with ObjectsAgain().open(FoundFile(path, 0, 0, size, 0)) as opened:
        assert opened.is_unchanged()
        return opened.stream.read(), opened.file


def test_an_object_is_read_with_its_size_and_time(tmp_path: Path) -> None:
    (tmp_path / "a #1.jpg").write_bytes(b"picture")
    uri = f"file://{tmp_path}/a #1.jpg"
    store, key = located(uri)

    data, file = read(uri.encode(), 7)

    assert data == b"picture"
    assert (file.path, file.size, file.mtime_ns) == (uri.encode(), 7, store.look(key).modified_ns)


def test_a_picture_in_a_tar_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "0.tar"
    with tarfile.open(path, "w") as tar:
        for name, data in (("1.jpg", b"one"), ("2.jpg", b"second")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with tarfile.open(path) as tar:
        place = tar.getmember("2.jpg").offset_data

    assert read(f"file://{path}#{place}/2.jpg".encode(), 6)[0] == b"second"


@pytest.mark.parametrize("kind", ["struct", "bytes"])
def test_a_cell_of_a_table_is_read_alone(tmp_path: Path, kind: str) -> None:
    pictures = [b"one", b"second", b"third"]
    structs = [{"bytes": data, "path": None} for data in pictures]
    values = structs if kind == "struct" else pictures
    table = pa.table({"image": pa.array(values), "label": [1, 2, 3]})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=2)

    assert [
        read(f"file://{tmp_path}/t.parquet#{row}".encode(), 6)[0] for row in range(3)
    ] == pictures
    with pytest.raises(FileNotFoundError):
        read(f"file://{tmp_path}/t.parquet#3".encode(), 6)


def test_what_is_gone_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(f"file://{tmp_path}/none.jpg".encode(), 7)


def test_what_has_no_address_is_a_file_here(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"picture")

    assert read(bytes(tmp_path / "a.jpg"), 7)[0] == b"picture"
