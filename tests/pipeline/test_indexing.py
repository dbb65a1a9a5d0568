"""`index`, whole: folders of real pictures in, a catalog out."""

from __future__ import annotations

import base64
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from copyfind.collection.cache import open_cache
from copyfind.collection.catalog import Catalog, content_hashes, prune
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.collection.scan import ScanOptions
from copyfind.descriptor.weights import (
    DEFAULT_MODEL,
    Weights,
    find_weights,
    read_tensors,
    read_weights,
    write_weights,
)
from copyfind.errors import CatalogLocked, FolderError, Interrupted
from copyfind.imaging import formats
from copyfind.pipeline.checking import check_catalog
from copyfind.pipeline.finding import find_copies
from copyfind.pipeline.indexing import index_folders
from copyfind.records import Problem, Role, Tier, Unreadable
from copyfind.report.as_json import findings_as_json
from copyfind.watch import Progress, Stage, Watch
from tests.collection.tree_changes import Change, Tree, histories, picture_bytes
from tests.conftest import (
    Album,
    Volume,
    assert_same_descriptors,
    child,
    problems_of,
    run_copyfind,
    run_python,
    surroundings,
)
from tests.embedding import Grid

linux = pytest.mark.skipif(sys.platform != "linux", reason="names, rights or mounts of Linux")

_INDEX_AGAIN = """
import json, os, sys
from pathlib import Path
from copyfind.pipeline.indexing import index_folders
summary = index_folders([os.fsencode(sys.argv[1])], catalog=Path(sys.argv[2]))
loaded = [name for name in ("torch", "onnxruntime", "faiss") if name in sys.modules]
print(json.dumps([summary.files, summary.read, summary.seconds, loaded]))
"""


def index_again(album: Album) -> tuple[int, int, float, list[str]]:
    """In a process of its own: files met, files read, seconds, libraries loaded."""
    done = run_python(_INDEX_AGAIN, str(album.folder), str(album.catalog))
    assert done.stderr == ""
    files, read, seconds, loaded = json.loads(done.stdout)
    return files, read, seconds, loaded


# Thumbnails


def test_thumbnails_of_what_was_read_are_kept_in_the_cache(
    drawn_album: Album, tmp_path: Path
) -> None:
    folders = [os.fsencode(drawn_album.folder)]
    index_folders(folders, catalog=drawn_album.catalog, cache=tmp_path / "cache", workers=1)
    with open_for_writing(drawn_album.catalog, holder="test") as db:
        known = list(content_hashes(db))

    with open_cache(drawn_album.catalog, tmp_path / "cache") as cached:
        assert len(cached.thumbnails(known)) == 3


# An embedder of one's own


def test_an_embedder_of_ones_own_describes_under_its_own_id(drawn_album: Album) -> None:
    drawn_album.add("again.jpg", 1, quality=90)
    folders = [os.fsencode(drawn_album.folder)]

    summary = index_folders(folders, catalog=drawn_album.catalog, embedder=Grid(), workers=1)

    assert (summary.described, summary.engine) == (4, "grid")
    findings = find_copies(drawn_album.catalog, verify=False)
    assert (findings.model.weights, findings.threshold) == (Grid().id, Grid().default_threshold)
    assert [
        [os.path.basename(os.fsdecode(member.file.path)) for member in cluster.members]  # noqa: PTH119 - bytes
        for cluster in findings.clusters
    ] == [["b.png", "again.jpg"]]


def test_two_embedders_describe_a_collection_beside_each_other(drawn_album: Album) -> None:
    drawn_album.index()
    folders = [os.fsencode(drawn_album.folder)]
    index_folders(folders, catalog=drawn_album.catalog, embedder=Grid(), workers=1)

    summary = drawn_album.index()

    assert (summary.read, summary.described) == (0, 0)
    assert find_copies(drawn_album.catalog, model="grid").contents == 3
    assert find_copies(drawn_album.catalog, model=DEFAULT_MODEL).contents == 3


# The second run


def test_a_second_run_reads_nothing_and_loads_no_network(drawn_album: Album) -> None:
    first = drawn_album.index()
    assert (first.files, first.read, first.described) == (3, 3, 3)
    assert first.engine is not None
    again = [index_again(drawn_album) for _ in range(3)]  # others may take the cores meanwhile
    assert [(files, read, loaded) for files, read, _, loaded in again] == 3 * [(3, 0, [])]
    assert min(seconds for _, _, seconds, _ in again) < first.seconds / 10


@pytest.mark.slow
def test_ten_thousand_files_with_nothing_to_do_take_less_than_two_seconds(album: Album) -> None:
    for number in range(10_000):
        folder = album.folder / f"{number // 500}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.png").write_bytes(picture_bytes(number % 20))
    assert album.index(workers=2).files == 10_000
    files, read, seconds, loaded = index_again(album)
    assert (files, read, loaded) == (10_000, 0, [])
    assert seconds < 2


@pytest.mark.usefixtures("lasting_numbers")
def test_a_moved_file_is_neither_read_nor_described(drawn_album: Album) -> None:
    drawn_album.index()
    (drawn_album.folder / "a.jpg").rename(drawn_album.folder / "inner" / "other.jpg")
    summary = drawn_album.index()
    assert (summary.read, summary.described, summary.missing) == (0, 0, 1)
    assert drawn_album.states() == {
        "a.jpg": "missing",
        "b.png": "present",
        "inner/c.jpg": "present",
        "inner/other.jpg": "present",
    }


def test_everything_is_read_again_where_that_is_asked_for(drawn_album: Album) -> None:
    drawn_album.index()
    path = drawn_album.folder / "a.jpg"
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    away = drawn_album.folder.parent / "away"
    away.mkdir()
    index_folders(away, catalog=drawn_album.catalog)
    away.rmdir()

    summary = index_folders(catalog=drawn_album.catalog, reread=True)

    assert (summary.files, summary.read, summary.described) == (3, 3, 1)
    assert check_catalog(drawn_album.catalog, deep=True).changed == ()
    assert drawn_album.index().read == 0


def test_a_copied_file_is_read_and_not_described(drawn_album: Album) -> None:
    drawn_album.index()
    shutil.copyfile(drawn_album.folder / "a.jpg", drawn_album.folder / "copy.jpg")
    summary = drawn_album.index()
    assert (summary.read, summary.described) == (1, 0)


def test_a_touched_file_is_read_and_not_described(drawn_album: Album) -> None:
    drawn_album.index()
    os.utime(drawn_album.folder / "a.jpg", ns=(1, 1))
    summary = drawn_album.index()
    assert (summary.read, summary.described) == (1, 0)


def test_a_changed_file_is_read_and_described(drawn_album: Album) -> None:
    drawn_album.index()
    drawn_album.add("a.jpg", 99)
    summary = drawn_album.index()
    assert (summary.read, summary.described) == (1, 1)


def test_progress_counts_up_to_all_files(drawn_album: Album) -> None:
    told: list[Progress] = []
    drawn_album.index(watch=Watch(on_progress=told.append))
    assert [p.stage for p in told] == sorted(
        (p.stage for p in told), key=[str(stage) for stage in Stage].index
    )
    read = [p for p in told if p.stage is Stage.READ]
    assert (read[-1].files, read[-1].total_files) == (3, 3)
    assert read[-1].bytes == read[-1].total_bytes > 0


# Copies


def test_copies_of_a_file_are_found(drawn_album: Album) -> None:
    shutil.copyfile(drawn_album.folder / "a.jpg", drawn_album.folder / "copy.jpg")
    drawn_album.index()
    (cluster,) = drawn_album.findings().clusters
    assert cluster.tier is Tier.IDENTICAL
    assert cluster.reclaimable_bytes == (drawn_album.folder / "a.jpg").stat().st_size


def test_copies_of_a_file_that_no_decoder_reads_are_found(album: Album) -> None:
    for name in ["a.jpg", "b.jpg"]:
        (album.folder / name).write_bytes(b"\xff\xd8\xff of a JPEG only the beginning")
    album.index()
    (cluster,) = album.findings().clusters
    assert cluster.tier is Tier.IDENTICAL
    assert [member.content.facts for member in cluster.members] == [None, None]


@pytest.mark.usefixtures("lasting_numbers")
def test_hard_links_are_one_file_and_no_copies(album: Album) -> None:
    os.link(album.add("a.jpg", 1), album.folder / "link.jpg")
    assert album.index().read == 1
    assert album.findings().clusters == ()


def test_a_hard_link_beside_a_copy_gains_nothing(album: Album) -> None:
    path = album.add("a.jpg", 1)
    os.link(path, album.folder / "a link.jpg")
    shutil.copyfile(path, album.folder / "z copy.jpg")
    album.index()
    (cluster,) = album.findings().clusters
    assert Counter(member.role for member in cluster.members) == Counter(
        [Role.KEEPER, Role.LINKED, Role.REDUNDANT]
    )
    assert cluster.reclaimable_bytes == path.stat().st_size


def test_copies_are_looked_for_below_a_folder_named_in_any_way(
    drawn_album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = drawn_album.folder
    for place in [folder, folder / "inner"]:
        shutil.copyfile(folder / "inner" / "c.jpg", place / "copy.jpg")
    (folder.parent / "link").symlink_to(folder / "inner")
    drawn_album.index()
    monkeypatch.chdir(folder)
    for way in [folder / "inner", folder.parent / "link", folder / ".." / "photos" / "inner"]:
        (cluster,) = drawn_album.findings(way).clusters
        assert len(cluster.members) == 2
    assert drawn_album.findings(Path("inner")).files == 2


# Folders


def test_what_is_gone_is_missing_until_it_is_pruned(drawn_album: Album) -> None:
    drawn_album.index()
    (drawn_album.folder / "a.jpg").unlink()
    assert drawn_album.index().missing == 1
    with open_for_writing(drawn_album.catalog, holder="prune") as db:
        assert prune(db) == (1, 1)
    assert drawn_album.states().keys() == {"b.png", "inner/c.jpg"}
    assert check_catalog(drawn_album.catalog).faults == ()


def test_a_folder_that_is_gone_is_told_and_loses_nothing(drawn_album: Album) -> None:
    drawn_album.index()
    drawn_album.folder.rename(drawn_album.folder.with_name("away"))
    with pytest.raises(FolderError, match=r"does not exist; .* connect the volume"):
        drawn_album.index()
    assert set(drawn_album.states().values()) == {"present"}


def test_an_unplugged_volume_loses_nothing(volume: Volume, tmp_path: Path) -> None:
    album = Album(volume.path, tmp_path / "catalog.sqlite")
    album.add("a.jpg", 1)
    (album.folder / "broken.jpg").write_bytes(b"broken")
    album.index()
    volume.unplug()
    assert album.index().missing == 0
    assert album.states() == {"a.jpg": "present", "broken.jpg": "present"}


def test_an_unplugged_volume_inside_a_folder_loses_nothing(volume: Volume, tmp_path: Path) -> None:
    album = Album(volume.path.parent, tmp_path / "catalog.sqlite")
    album.add("volume/a.jpg", 1)
    here = album.add("here.jpg", 2)
    album.index()
    volume.unplug()
    here.unlink()
    assert album.index().missing == 1
    assert album.states() == {"here.jpg": "missing", "volume/a.jpg": "present"}


def test_nested_folders_and_a_folder_named_twice_are_one(drawn_album: Album) -> None:
    folder = drawn_album.folder
    summary = drawn_album.index(folder / "inner", folder, folder)
    assert (summary.files, summary.read) == (3, 3)
    with open_for_reading(drawn_album.catalog) as db:
        assert [root.path for root in Catalog(db).roots()] == [os.fsencode(folder)]


def test_a_folder_inside_one_that_is_known_forgets_only_its_own(drawn_album: Album) -> None:
    drawn_album.index()
    for name in ["a.jpg", "inner/c.jpg"]:
        (drawn_album.folder / name).unlink()
    assert drawn_album.index(drawn_album.folder / "inner").missing == 1
    assert drawn_album.states()["a.jpg"] == "present"


def test_links_in_circles_end(drawn_album: Album) -> None:
    (drawn_album.folder / "inner" / "up").symlink_to(drawn_album.folder)
    (drawn_album.folder / "self").symlink_to(drawn_album.folder / "self")
    summary = drawn_album.index(options=ScanOptions(follow_symlinks=True))
    assert (summary.files, summary.skipped) == (3, ())


@linux
def test_names_of_any_bytes_come_out_of_the_report_as_they_are(album: Album) -> None:
    names = [
        b"new\nline.jpg",
        b"'single' \"double\" `back`.jpg",
        b"not utf-8 \xe9\xff.jpg",
        "תמונה של ים.jpg".encode(),
        b"x" * 251 + b".jpg",
        b"-rf [bold].jpg",
    ]
    picture = album.add("a.jpg", 1)
    paths = {os.path.join(os.fsencode(album.folder), name) for name in names}  # noqa: PTH118
    for path in paths:
        shutil.copyfile(picture, path)
    picture.unlink()
    album.index()
    (cluster,) = json.loads(findings_as_json(album.findings()))["clusters"]
    told = {
        base64.b64decode(member["path_base64"])
        if member["path_base64"]
        else member["path"].encode()
        for member in cluster["members"]
    }
    assert told == paths


# What gives no picture


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes that claims to be of this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


@pytest.fixture
def bad_album(album: Album) -> Album:
    """One good picture, and one of each kind of bad one."""
    good = album.add("good.jpg", 1).read_bytes()
    (album.folder / "empty.jpg").touch()
    (album.folder / "truncated.jpg").write_bytes(good[: len(good) // 2])
    (album.folder / "text.jpg").write_bytes(b"Dear diary, no picture today.")
    (album.folder / "bomb.png").write_bytes(png_that_says(100_000, 100_000))
    (album.folder / ".cloud.jpg.icloud").write_bytes(b"stub")
    return album


BAD = {
    "bomb.png": Problem.TOO_LARGE,
    "cloud.jpg": Problem.PLACEHOLDER,
    "empty.jpg": Problem.EMPTY,
    "text.jpg": Problem.NOT_A_PICTURE,
    "truncated.jpg": Problem.DAMAGED,
}


def test_each_bad_file_is_told_with_its_reason_and_costs_no_other(bad_album: Album) -> None:
    summary = bad_album.index()
    assert problems_of(summary) == BAD
    assert all(skipped.reason for skipped in summary.skipped)
    assert summary.described == 1


def test_bad_files_are_listed_afterwards(bad_album: Album) -> None:
    summary = bad_album.index()
    with open_for_reading(bad_album.catalog) as db:
        assert tuple(Catalog(db).problems()) == summary.skipped
    assert bad_album.findings().skipped == summary.skipped


def test_bad_files_are_told_again_but_not_read_again(bad_album: Album) -> None:
    bad_album.index()
    summary = bad_album.index()
    assert (summary.read, problems_of(summary)) == (0, BAD)


def test_a_bad_file_is_read_again_when_it_changed(bad_album: Album) -> None:
    bad_album.index()
    bad_album.add("text.jpg", 5)
    summary = bad_album.index()
    assert (summary.read, summary.described) == (1, 1)
    assert "text.jpg" not in problems_of(summary)


def test_bad_files_are_read_again_by_a_copyfind_that_decodes_more(
    bad_album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "installed_extras", lambda: frozenset({"raw"}))
    assert bad_album.index().read == 4
    monkeypatch.setattr(formats, "installed_extras", lambda: frozenset({"raw", "more"}))
    assert bad_album.index().read == 3
    assert bad_album.index().read == 0


def test_a_picture_with_the_name_of_another_format_is_a_picture(album: Album) -> None:
    album.add("a.png", 1).rename(album.folder / "a.jpg")
    assert album.index().described == 1


def index_without_privileges(album: Album) -> subprocess.CompletedProcess[str]:
    """Root reads everything; without these two capabilities it is refused what owners are."""
    command = child("index", str(album.folder), "--catalog", str(album.catalog), "--workers", "1")
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root cannot give up its privileges without setpriv")
        dropped = "-dac_override,-dac_read_search"
        command = ["setpriv", "--bounding-set", dropped, "--inh-caps", dropped, *command]
    return subprocess.run(command, env=surroundings(), capture_output=True, text=True)


@linux
def test_a_file_that_may_not_be_read_is_told_every_time_until_it_may(album: Album) -> None:
    album.add("a.jpg", 1)
    album.add("b.jpg", 2).chmod(0)
    for _ in range(2):
        done = index_without_privileges(album)
        assert done.returncode == 3
        assert "1 file skipped" in done.stderr
        assert "b.jpg: you may not read it" in done.stderr
        assert album.states() == {"a.jpg": "present", "b.jpg": "error"}
    (album.folder / "b.jpg").chmod(0o644)
    assert album.index().described == 1
    assert album.states() == {"a.jpg": "present", "b.jpg": "present"}


@linux
def test_below_a_folder_that_may_not_be_listed_nothing_is_missing(drawn_album: Album) -> None:
    drawn_album.index()
    (drawn_album.folder / "a.jpg").unlink()
    (drawn_album.folder / "inner").chmod(0)
    done = index_without_privileges(drawn_album)
    (drawn_album.folder / "inner").chmod(0o755)
    assert done.returncode == 3
    assert "inner: cannot be listed" in done.stderr
    states = drawn_album.states()
    assert (states["a.jpg"], states["inner/c.jpg"]) == ("missing", "present")


# Lists of paths


def test_of_a_list_only_what_it_names_is_indexed(drawn_album: Album) -> None:
    summary = drawn_album.index(paths=[os.fsencode(drawn_album.folder / "b.png")])
    assert (summary.files, summary.described, summary.missing) == (1, 1, 0)


def test_a_list_is_told_the_problems_of_its_own_files_only(bad_album: Album) -> None:
    bad_album.index()
    folder = bad_album.folder
    assert bad_album.index(paths=[os.fsencode(folder / "good.jpg")]).skipped == ()
    listed = bad_album.index(paths=[os.fsencode(folder / "text.jpg")])
    assert problems_of(listed) == {"text.jpg": Problem.NOT_A_PICTURE}


def test_a_path_in_a_list_that_leads_nowhere_is_told(drawn_album: Album) -> None:
    nowhere = os.fsencode(drawn_album.folder / "nowhere.jpg")
    (skipped,) = drawn_album.index(paths=[nowhere]).skipped
    assert isinstance(skipped, Unreadable)
    assert (skipped.path, skipped.problem) == (nowhere, Problem.VANISHED)
    assert drawn_album.states() == {}


# Stopping


@pytest.fixture
def large_album(album: Album) -> Album:
    """More pictures than a batch holds."""
    for number in range(70):
        (album.folder / f"{number}.bmp").write_bytes(picture_bytes(number))
    return album


def test_a_stopped_run_keeps_its_batches_and_the_next_goes_on(large_album: Album) -> None:
    told: list[Progress] = []
    with pytest.raises(Interrupted, match=r"after 64 of 70 files.*run the same command again"):
        large_album.index(
            watch=Watch(on_progress=told.append, should_stop=lambda: told[-1].stage is Stage.READ)
        )
    assert len(large_album.stored().descriptors) == 64
    assert large_album.index().described == 6


def test_a_run_stopped_while_scanning_marks_nothing_missing(drawn_album: Album) -> None:
    drawn_album.index()
    (drawn_album.folder / "a.jpg").unlink()
    with pytest.raises(Interrupted, match="while scanning; run the same command again"):
        drawn_album.index(watch=Watch(should_stop=lambda: True))
    assert set(drawn_album.states().values()) == {"present"}


def test_a_damaged_catalog_ends_a_run_with_a_message(drawn_album: Album) -> None:
    drawn_album.index()
    damaged = bytearray(drawn_album.catalog.read_bytes())
    damaged[4096:] = b"\xa5" * (len(damaged) - 4096)
    drawn_album.catalog.write_bytes(damaged)
    done = run_copyfind("index", str(drawn_album.folder), "--catalog", str(drawn_album.catalog))
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert "move it away and index again" in done.stderr
    assert "Traceback" not in done.stderr


def test_readers_read_while_a_run_writes(drawn_album: Album) -> None:
    drawn_album.index()
    drawn_album.add("new.jpg", 7)
    seen: list[int] = []
    drawn_album.index(watch=Watch(on_progress=lambda _: seen.append(drawn_album.findings().files)))
    assert (seen[0], seen[-1]) == (3, 4)


def test_a_run_cannot_start_while_another_writes(drawn_album: Album) -> None:
    with (
        open_for_writing(drawn_album.catalog, holder="index"),
        pytest.raises(CatalogLocked, match=r"copyfind index \(process \d+"),
    ):
        drawn_album.index()


# The network


def slightly_other_weights(folder: Path) -> Weights:
    """The bundled network with a little noise: another model in every respect that counts."""
    weights = read_weights(find_weights())
    chance = np.random.default_rng(0)
    tensors = {
        key: (value + chance.normal(0, 1e-3, value.shape)).astype(value.dtype)
        if key == "proj.weight"
        else value
        for key, value in read_tensors(weights).items()
    }
    card = {**weights.card, "name": "noisy"}
    return write_weights(folder / "noisy.safetensors", tensors, card)


def test_descriptors_of_two_models_live_side_by_side(drawn_album: Album, tmp_path: Path) -> None:
    other = slightly_other_weights(tmp_path)
    drawn_album.index()
    before = drawn_album.stored().descriptors
    assert drawn_album.index(model=str(other.path)).described == 3
    after = drawn_album.stored().descriptors
    assert len(after) == 6
    for key, vector in before.items():
        np.testing.assert_array_equal(after[key], vector)
    assert drawn_album.index().read == 0
    assert drawn_album.index(model=str(other.path)).read == 0


@pytest.fixture
def mixed_album(album: Album) -> Album:
    """Nine pictures of several formats."""
    for number in range(9):
        suffix = ("jpg", "png", "webp")[number % 3]
        album.add(f"{number}.{suffix}", number)
    return album


def test_a_descriptor_depends_on_neither_batch_nor_order(
    mixed_album: Album, tmp_path: Path
) -> None:
    mixed_album.index(batch_size=1)
    ones = mixed_album.stored().descriptors
    for number, path in enumerate(sorted(mixed_album.folder.iterdir(), reverse=True)):
        path.rename(path.with_name(f"{number} {path.name}"))
    other = Album(mixed_album.folder, tmp_path / "other.sqlite")
    other.index(batch_size=4, workers=2)
    assert other.stored().descriptors.keys() == ones.keys()
    assert_same_descriptors(ones, other.stored().descriptors)


def test_the_number_of_workers_changes_no_byte_of_the_tables(
    mixed_album: Album, tmp_path: Path
) -> None:
    shutil.copyfile(mixed_album.folder / "1.png", mixed_album.folder / "copy.png")
    (mixed_album.folder / "broken.jpg").write_bytes(b"broken")
    other = Album(mixed_album.folder, tmp_path / "other.sqlite")
    mixed_album.index(workers=1)
    other.index(workers=3)
    for table in ("contents", "files", "models", "descriptors"):
        query = f"SELECT * FROM {table} ORDER BY 1, 2"
        assert mixed_album.query(query) == other.query(query)


def test_index_ends_with_the_code_for_done(drawn_album: Album) -> None:
    words = [str(drawn_album.folder), "--catalog", str(drawn_album.catalog), "--workers", "1"]
    done = run_copyfind("index", *words)
    assert (done.returncode, done.stdout) == (0, "")
    assert "3 pictures" in done.stderr


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories)
def test_whatever_is_done_to_the_files_the_catalog_holds_what_is_there(
    history: list[list[Change]],
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary).resolve()
        album = Album(place / "photos", place / "catalog.sqlite")
        album.folder.mkdir()
        tree = Tree(album.folder)
        for changes in history:
            for change in changes:
                tree.apply(change)
            album.index()
            with open_for_reading(album.catalog) as db:
                known = {file.path: sha256 for file, sha256 in Catalog(db).present_files()}
            assert known == tree.contents()
        assert album.index().read == 0
        assert check_catalog(album.catalog).faults == ()
