"""What one run reads, keeps and gives up, on real folders and real catalogs.

Files are read and decoded here without worker processes, and a made-up descriptor stands for the
network's: neither is this module's concern.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from sqlite_utils import Database

from copyfind.collection.catalog import Catalog, doubt_files, prune, remember_model
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.collection.intake import Intake, Workload
from copyfind.collection.scan import ListedFolder, Met, ScanOptions, UnlistedFolder, scan
from copyfind.collection.volumes import Volume
from copyfind.imaging.reading import ReadJob, read_file
from copyfind.records import Floats, FoundFile, Model, Problem, ReadFile, Row, Unreadable
from tests.collection.conftest import Folder
from tests.collection.keeping import keep, row_of
from tests.collection.tree_changes import Change, Tree, histories, picture_bytes

DIM = 4
Read = Callable[[FoundFile, frozenset[bytes]], ReadFile | Unreadable]


@dataclass(frozen=True)
class Run:
    """What one run did."""

    read: list[str]  # names of files, in their order
    described: list[str]
    missing: int
    workload: Workload


def read_really(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
    return read_file(ReadJob(file, known), side=8)


def refuse_reading(file: FoundFile, _: frozenset[bytes]) -> Unreadable:
    return Unreadable(file.path, Problem.PERMISSION, "you may not read it")


def vector_of(sha256: bytes) -> Floats:
    """(DIM,) a unit row made from the content's hash."""
    vector = np.frombuffer(sha256[: DIM * 2], np.uint16).astype(np.float32) + 1
    return vector / np.linalg.norm(vector)


def remember(db: Database, name: str = "tiny") -> Model:
    return remember_model(
        db,
        weights=hashlib.sha256(name.encode()).hexdigest(),
        preprocess=1,
        name=name,
        dim=DIM,
        input_size=8,
        default_threshold=0.7,
    )


LASTING = Volume(b"/", "ext4", "ext4:1")
NUMBERLESS = Volume(b"/", "vfat", "vfat:1")


@dataclass(frozen=True)
class Collection:
    """A folder, its catalog, and runs over it."""

    folder: Folder
    catalog: Path
    volume: Volume = LASTING

    def add(self, name: str, seed: int) -> bytes:
        return self.folder.add(name, picture_bytes(seed))

    @contextmanager
    def writing(
        self, *, model: str = "tiny", decoder: str = "1"
    ) -> Iterator[tuple[Database, Intake]]:
        with open_for_writing(self.catalog, holder="index") as db:
            known = remember(db, model)
            yield db, Intake(db, model=known, decoder=decoder)

    def run(
        self,
        *,
        model: str = "tiny",
        decoder: str = "1",
        met: list[Met] | None = None,
        read: Read = read_really,
    ) -> Run:
        """Scan, read, store, forget. met: what the scan told, where it was not the real one."""
        records = list(scan(self.folder.path, ScanOptions())) if met is None else met
        with self.writing(model=model, decoder=decoder) as (_, intake):
            intake.meet(
                [m for m in records if isinstance(m, FoundFile)],
                refused=[m for m in records if isinstance(m, Unreadable)],
                unlisted=[
                    Unreadable(m.path, m.problem, m.reason)
                    for m in records
                    if isinstance(m, UnlistedFolder)
                ],
                volumes={m.device: self.volume for m in records if isinstance(m, ListedFolder)},
            )
            workload = intake.plan()
            results = [read(file, known) for file, known in intake.work()]
            pictures = [r for r in results if isinstance(r, ReadFile) and r.picture]
            vectors = [vector_of(r.sha256) for r in pictures]
            keep(intake, results, np.array(vectors).reshape(-1, DIM), decoder=decoder)
            missing = intake.forget_missing([self.folder.path], options="{}") + intake.excluded
        paths = [r.file.path if isinstance(r, ReadFile) else r.path for r in results]
        return Run(
            [self.name(path) for path in paths],
            [self.name(r.file.path) for r in pictures],
            missing,
            workload,
        )

    def name(self, path: bytes) -> str:
        return os.fsdecode(os.path.relpath(path, self.folder.path))

    def prune(self) -> tuple[int, int]:
        with open_for_writing(self.catalog, holder="prune") as db:
            return prune(db)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with open_for_reading(self.catalog) as db:
            return db.execute(sql).fetchall()

    def states(self) -> dict[str, str]:
        rows = self.rows("SELECT path, state FROM files ORDER BY path")
        return {self.name(path): str(state) for path, state in rows if isinstance(path, bytes)}

    def present(self) -> dict[bytes, bytes]:
        """The SHA-256 that is remembered of every present file."""
        with open_for_reading(self.catalog) as db:
            return {file.path: sha256 for file, sha256 in Catalog(db).present_files()}

    def problems(self) -> dict[str, Problem]:
        with open_for_reading(self.catalog) as db:
            return {self.name(p.path): p.problem for p in Catalog(db).problems()}


@pytest.fixture
def collection(folder: Folder, tmp_path: Path) -> Collection:
    return Collection(folder, tmp_path / "catalog.sqlite")


def later(path: bytes) -> None:
    """Give the file another time."""
    status = os.stat(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


# What is read


def test_what_is_new_is_read_once(collection: Collection) -> None:
    collection.add("a.png", 1)
    collection.add("b.png", 2)
    assert collection.run().described == ["a.png", "b.png"]
    assert collection.run().read == []


def test_the_workload_tells_what_was_met_and_what_is_to_be_read(collection: Collection) -> None:
    size = len(picture_bytes(1))
    collection.add("a.png", 1)
    collection.run()
    collection.add("b.png", 2)
    assert collection.run().workload == Workload(met=2, met_bytes=2 * size, files=1, bytes=size)


def test_a_file_that_moved_is_not_read(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    os.mkdir(collection.folder.at("new"))
    os.rename(path, collection.folder.at("new/name.png"))
    run = collection.run()
    assert (run.read, run.missing) == ([], 1)
    assert collection.states() == {"a.png": "missing", "new/name.png": "present"}


def test_two_files_that_swap_their_names_swap_their_contents_unread(
    collection: Collection,
) -> None:
    a, b = collection.add("a.png", 1), collection.add("b.png", 2)
    later(b)
    collection.run()
    before = collection.present()
    os.rename(a, collection.folder.at("c"))
    os.rename(b, a)
    os.rename(collection.folder.at("c"), b)
    assert collection.run().read == []
    assert collection.present() == {a: before[b], b: before[a]}


def test_a_copy_is_read_but_not_decoded(collection: Collection) -> None:
    collection.add("a.png", 1)
    collection.run()
    collection.add("copy.png", 1)
    run = collection.run()
    assert (run.read, run.described) == (["copy.png"], [])
    assert len(set(collection.present().values())) == 1


def test_a_changed_file_is_read_and_decoded(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    collection.add("a.png", 2)
    later(path)
    assert collection.run().described == ["a.png"]
    assert collection.present() == {path: hashlib.sha256(picture_bytes(2)).digest()}


def test_a_file_with_another_time_is_read_but_not_decoded(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    later(path)
    run = collection.run()
    assert (run.read, run.described) == (["a.png"], [])
    assert collection.run().read == []


def test_of_hard_links_one_is_read(collection: Collection) -> None:
    os.link(collection.add("a.png", 1), collection.folder.at("link.png"))
    assert collection.run().read == ["a.png"]
    assert collection.states() == {"a.png": "present", "link.png": "present"}


def test_a_hard_link_that_was_added_is_not_read(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    os.link(path, collection.folder.at("link.png"))
    assert collection.run().read == []
    assert collection.states() == {"a.png": "present", "link.png": "present"}


def test_where_inodes_mean_nothing_no_two_files_are_taken_for_one(collection: Collection) -> None:
    paths = [collection.add("a.png", 1), collection.add("b.png", 2)]
    for path in paths:
        os.utime(path, ns=(1, 1))
    met = [
        replace(record, inode=0) if isinstance(record, FoundFile) else record
        for record in scan(collection.folder.path, ScanOptions())
    ]

    def read_without_inode(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
        read = read_really(file, known)
        assert isinstance(read, ReadFile)
        return replace(read, file=file)

    collection = replace(collection, volume=NUMBERLESS)
    assert collection.run(met=met, read=read_without_inode).read == ["a.png", "b.png"]
    assert len(set(collection.present().values())) == 2
    assert collection.run(met=met, read=read_without_inode).read == ["a.png", "b.png"]


@dataclass(frozen=True)
class Scans:
    """Scans of one size and one time, on a volume that numbers files in order at each mount."""

    collection: Collection

    def add(self, name: str, seed: int) -> Path:
        """A file of one size, whatever is in it."""
        path = Path(os.fsdecode(self.collection.add(name, seed)))
        path.write_bytes(path.read_bytes().ljust(1000, b"\0"))
        os.utime(path, ns=(5, 5))
        return path

    def run(self, *, first: int = 2) -> Run:
        """What is told after a mount: numbers from `first` on, and always one device."""
        told = list(scan(self.collection.folder.path, ScanOptions()))
        files = [record for record in told if isinstance(record, FoundFile)]
        numbered = [replace(f, device=7, inode=first + n) for n, f in enumerate(files)]
        met: list[Met] = [ListedFolder(self.collection.folder.path, 7), *numbered]
        return self.collection.run(met=met, read=as_told)

    def are_right(self) -> bool:
        """Whether of every file is remembered what it holds."""
        present = self.collection.present()
        return present == {
            path: hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).digest() for path in present
        }


def as_told(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
    read = read_really(file, known)
    assert isinstance(read, ReadFile)
    return replace(read, file=file)


@pytest.fixture(params=["vfat", "exfat", "fuseblk", "fuse.sshfs", "cifs", "nfs4", "overlay", ""])
def scans(request: pytest.FixtureRequest, collection: Collection) -> Scans:
    word = "vfat:1" if request.param == "vfat" else None
    scans = Scans(replace(collection, volume=Volume(b"/", request.param, word)))
    for seed in (1, 2, 3):
        scans.add(f"{seed}.png", seed)
    scans.run()
    return scans


def test_where_numbers_do_not_last_no_file_is_taken_for_its_neighbour(scans: Scans) -> None:
    scans.add("0.png", 9)
    scans.run()

    assert scans.are_right()


def test_where_numbers_do_not_last_names_that_were_swapped_are_read(scans: Scans) -> None:
    scans.add("1.png", 2)
    scans.add("2.png", 1)
    scans.run()

    assert scans.are_right()


def test_where_numbers_do_not_last_a_name_that_a_new_file_got_is_read(scans: Scans) -> None:
    for name in ("2.png", "3.png"):
        os.unlink(scans.collection.folder.at(name))
    scans.run()
    scans.collection.prune()
    scans.add("1.png", 8)
    scans.add("4.png", 1)
    scans.run()

    assert scans.are_right()


def test_where_numbers_do_not_last_hard_links_are_not_believed(collection: Collection) -> None:
    """Some drivers give all files one number."""
    scans = Scans(replace(collection, volume=NUMBERLESS))
    for seed in (1, 2):
        scans.add(f"{seed}.png", seed)
    met = [
        replace(record, inode=1) if isinstance(record, FoundFile) else record
        for record in scan(collection.folder.path, ScanOptions())
    ]
    scans.collection.run(met=met, read=as_told)

    assert scans.are_right()


def test_where_numbers_do_not_last_what_is_unlike_all_others_is_not_read_again(
    collection: Collection,
) -> None:
    scans = Scans(replace(collection, volume=NUMBERLESS))
    for seed in (1, 2, 3):
        os.utime(scans.add(f"{seed}.png", seed), ns=(seed, seed))
    scans.run()

    assert scans.run(first=50).read == []


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs"])
def test_another_drive_under_the_same_number_is_read(collection: Collection, kind: str) -> None:
    """The next drive that is plugged in gets the number of the one before, and files that were
    copied to both in one order get the same numbers."""
    scans = Scans(replace(collection, volume=Volume(b"/", kind, f"{kind}:1")))
    for seed in (1, 2, 3):
        scans.add(f"{seed}.png", seed)
    scans.run()
    scans = Scans(replace(collection, volume=Volume(b"/", kind, f"{kind}:2")))
    scans.add("1.png", 4)
    scans.add("other.png", 5)
    for name in ("2.png", "3.png"):
        os.unlink(collection.folder.at(name))

    scans.run()

    assert scans.are_right()


def test_what_a_copyfind_without_volumes_remembered_is_known_at_its_path(
    collection: Collection,
) -> None:
    collection.add("a.png", 1)
    collection.run()
    with open_for_writing(collection.catalog, holder="test") as db, db.atomic():
        db.execute("UPDATE files SET volume = NULL")
    assert collection.run().read == []
    assert collection.rows("SELECT volume FROM files") == [("ext4:1",)]


def test_a_file_that_is_doubted_is_read_again_with_all_its_names(collection: Collection) -> None:
    scans = Scans(collection)
    path = scans.add("a.png", 1)
    os.link(path, collection.folder.at("link.png"))
    collection.run()
    scans.add("a.png", 2)  # into the same file, of the same size and time
    assert collection.run().read == []
    assert not scans.are_right()

    with open_for_writing(collection.catalog, holder="test") as db:
        doubt_files(db, [os.fsencode(path)])

    assert collection.run().read == ["a.png"]
    assert scans.are_right()
    assert collection.run().read == []


def test_everything_that_is_met_can_be_read_again(collection: Collection) -> None:
    scans = Scans(collection)
    scans.add("a.png", 1)
    collection.run()
    scans.add("a.png", 2)
    with collection.writing() as (_, intake):
        met = list(scan(collection.folder.path, ScanOptions()))
        intake.meet([m for m in met if isinstance(m, FoundFile)])
        assert intake.plan(reread=True).files == 1  # and here it is cut off

    assert collection.run().read == ["a.png"]
    assert scans.are_right()


def test_a_volume_with_another_number_is_known(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    with open_for_writing(collection.catalog, holder="test") as db, db.atomic():
        db.execute("UPDATE files SET device = device + 1000")  # as if mounted anew
    assert collection.run().read == []
    assert collection.rows("SELECT device FROM files") == [(os.stat(path).st_dev,)]


def test_after_a_volume_got_another_number_what_is_gone_is_still_noticed(
    collection: Collection,
) -> None:
    collection.add("a.png", 1)
    os.unlink(collection.add("b.png", 2))
    collection.add("b.png", 2)
    collection.run()
    with open_for_writing(collection.catalog, holder="test") as db, db.atomic():
        db.execute("UPDATE files SET device = device + 1000")
    os.unlink(collection.folder.at("b.png"))
    assert collection.run().missing == 1


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 2**64 - 1])
def test_the_largest_inodes_are_given_back_as_they_were(
    collection: Collection, number: int
) -> None:
    path = collection.add("a.png", 1)
    met: list[Met] = [FoundFile(path, number, number, os.stat(path).st_size, 1)]

    def read(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
        result = read_really(file, known)
        assert isinstance(result, ReadFile)
        return replace(result, file=file)

    assert collection.run(met=met, read=read).described == ["a.png"]
    assert collection.run(met=met, read=read).read == []
    with collection.writing() as (db, intake):
        db.execute("UPDATE contents SET pixels = NULL")
        assert intake.unsettled.file_without_pixels(1) == met[0]
        assert [file for file, _ in Catalog(db).present_files()] == met
        assert list(Catalog(db).contents([0])[0].files) == met


def test_files_of_one_size_are_not_read_side_by_side(collection: Collection) -> None:
    """The second is often a copy of the first, and is then known when its turn comes."""
    for name in ["a.png", "b.png", "c.png"]:
        collection.add(name, 1)
    collection.folder.add("z.png", picture_bytes(1) + b" ")
    assert collection.run().read == ["a.png", "z.png", "b.png", "c.png"]


def test_work_names_the_known_contents_of_a_files_size_only(collection: Collection) -> None:
    collection.add("a.png", 1)
    collection.folder.add("b.png", picture_bytes(2) + b" ")
    collection.run()
    collection.add("c.png", 3)
    known_of: dict[str, frozenset[bytes]] = {}

    def read(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
        known_of[collection.name(file.path)] = known
        return read_really(file, known)

    collection.run(read=read)
    assert known_of == {"c.png": {hashlib.sha256(picture_bytes(1)).digest()}}


class Steps:
    """Counts what SQLite does, in hundreds of its instructions."""

    def __init__(self, db: Database) -> None:
        self.taken = 0
        db.conn.set_progress_handler(self._count, 100)

    def _count(self) -> int:
        self.taken += 1
        return 0

    def of(self, work: Callable[[], object]) -> int:
        before = self.taken
        work()
        return self.taken - before


def test_to_store_a_batch_costs_the_same_however_many_files_were_met(
    collection: Collection,
) -> None:
    """Each file was looked for among all others, to find its hard links."""
    with collection.writing() as (db, intake):
        steps = Steps(db)

        def store(name: bytes) -> None:
            file = FoundFile(name, 1, 10**9, 1, 1)
            broken = Unreadable(name, Problem.DAMAGED, "so it is")
            read = ReadFile(file, hashlib.sha256(name).digest(), problem=broken)
            intake.meet([file])
            keep(intake, [read, refused(name)], np.empty((0, DIM), np.float32))

        few = steps.of(lambda: store(b"/a.png"))
        intake.meet(FoundFile(b"/%d.png" % n, 1, n + 1, 1, 1) for n in range(20_000))
        many = steps.of(lambda: store(b"/z.png"))
    assert many < few + 20


def test_to_hand_out_work_costs_the_same_however_many_contents_are_known(
    collection: Collection,
) -> None:
    """Every page of work looked through all contents for those of its sizes."""
    collection.add("a.png", 1)
    with collection.writing() as (db, intake):
        intake.meet(m for m in scan(collection.folder.path, ScanOptions()) if type(m) is FoundFile)
        intake.plan()
        steps = Steps(db)
        few = steps.of(lambda: list(intake.work()))
        db.conn.executemany(
            "INSERT INTO contents (sha256, size, settled, decoder) VALUES (?, ?, 1, '1')",
            ((n.to_bytes(32, "big"), n) for n in range(10_000, 30_000)),
        )
        many = steps.of(lambda: list(intake.work()))
    assert many < few + 20


# What gives no picture


@pytest.fixture
def broken(collection: Collection) -> Collection:
    """One file that is no picture."""
    collection.folder.add("a.png", b"not a picture")
    collection.run()
    return collection


def test_a_broken_file_is_a_problem_with_a_content(broken: Collection) -> None:
    assert broken.problems() == {"a.png": Problem.NOT_A_PICTURE}
    assert broken.present().keys() == {broken.folder.at("a.png")}


def test_a_broken_file_is_read_once(broken: Collection) -> None:
    assert broken.run().read == []


def test_a_broken_file_is_read_again_when_it_changed(broken: Collection) -> None:
    broken.add("a.png", 1)
    assert broken.run().described == ["a.png"]
    assert broken.problems() == {}


def test_a_broken_file_is_read_again_by_another_decoder(broken: Collection) -> None:
    assert broken.run(decoder="2").read == ["a.png"]
    assert broken.run(decoder="2").read == []


def test_a_copy_of_a_broken_file_is_not_decoded(broken: Collection) -> None:
    broken.folder.add("b.png", b"not a picture")
    known_of: list[frozenset[bytes]] = []

    def read(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
        known_of.append(known)
        return read_really(file, known)

    broken.run(read=read)
    assert known_of == [{hashlib.sha256(b"not a picture").digest()}]
    assert broken.problems().keys() == {"a.png", "b.png"}


def test_a_decoder_that_knows_more_makes_a_picture_of_it(broken: Collection) -> None:
    def read_better(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
        better = read_file(ReadJob(replace(file, path=model), known), side=8)
        assert isinstance(better, ReadFile)
        return replace(better, file=file, sha256=hashlib.sha256(b"not a picture").digest())

    model = broken.folder.add("../model.png", picture_bytes(1))
    assert broken.run(decoder="2", read=read_better).described == ["a.png"]
    assert broken.problems() == {}


def test_a_content_that_was_described_keeps_that_where_another_try_fails(
    collection: Collection,
) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    sha256 = hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).digest()
    row = Row(sha256=sha256, size=1, model="tiny", decoder="0", problem=Problem.CRASHED)
    copy = FoundFile(path + b".copy", 1, 1, 1, 1)
    with collection.writing() as (_, intake):
        intake.meet([copy])
        intake.store([(copy, row)])

    assert collection.problems() == {}
    assert collection.rows("SELECT count(*) FROM contents WHERE decoder = '1'") == [(1,)]
    assert len(collection.present()) == 2


def test_a_file_that_may_not_be_read_is_tried_every_time(collection: Collection) -> None:
    collection.add("a.png", 1)
    assert collection.run(read=refuse_reading).read == ["a.png"]
    assert collection.problems() == {"a.png": Problem.PERMISSION}
    assert collection.run(read=refuse_reading).read == ["a.png"]
    assert collection.run().described == ["a.png"]
    assert collection.problems() == {}


def refused(path: bytes, problem: Problem = Problem.PERMISSION) -> Unreadable:
    return Unreadable(path, problem, "cannot be read: so it is")


def told(folder: Folder) -> ListedFolder:
    return ListedFolder(folder.path, os.stat(folder.path).st_dev)


def test_a_known_file_that_is_out_of_reach_for_a_while_is_not_read_again(
    collection: Collection,
) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    collection.run(met=[told(collection.folder), refused(path)])
    assert collection.states() == {"a.png": "error"}
    assert collection.prune() == (0, 0)
    assert collection.run().read == []
    assert collection.states() == {"a.png": "present"}


def test_what_was_out_of_reach_and_is_gone_is_missing(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    collection.run(met=[told(collection.folder), refused(path)])
    os.unlink(path)
    assert collection.run().missing == 1
    assert collection.states() == {"a.png": "missing"}


def test_a_problem_is_forgotten_with_its_file(collection: Collection) -> None:
    collection.run(met=[told(collection.folder), refused(collection.folder.at("a.png"))])
    assert collection.problems() == {"a.png": Problem.PERMISSION}
    assert collection.run().missing == 0
    assert collection.states() == {}


def test_every_hard_link_of_an_unreadable_file_is_a_problem(collection: Collection) -> None:
    os.link(collection.add("a.png", 1), collection.folder.at("link.png"))
    collection.run(read=refuse_reading)
    assert collection.problems() == {"a.png": Problem.PERMISSION, "link.png": Problem.PERMISSION}


def test_a_file_that_vanishes_while_it_is_read_is_no_problem(collection: Collection) -> None:
    collection.add("a.png", 1)
    collection.run()
    path = collection.add("b.png", 2)

    def read(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
        os.unlink(path)
        return read_really(file, known)

    assert collection.run(read=read).missing == 0
    assert collection.states() == {"a.png": "present"}


def test_a_file_that_changed_since_the_scan_is_kept_as_it_is_now(collection: Collection) -> None:
    path = collection.add("a.png", 1)

    def read(file: FoundFile, known: frozenset[bytes]) -> ReadFile | Unreadable:
        collection.add("a.png", 2)
        later(path)
        return read_really(file, known)

    collection.run(read=read)
    assert collection.present() == {path: hashlib.sha256(picture_bytes(2)).digest()}
    assert collection.run().read == []


# What is gone


def test_what_is_gone_is_missing_and_counted_once(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    os.unlink(path)
    assert collection.run().missing == 1
    assert collection.run().missing == 0
    assert collection.states() == {"a.png": "missing"}


def test_what_comes_back_unchanged_is_present_unread(collection: Collection) -> None:
    path = collection.add("a.png", 1)
    collection.run()
    os.rename(path, collection.folder.at("../away.png"))
    collection.run()
    os.rename(collection.folder.at("../away.png"), path)
    assert collection.run().read == []
    assert collection.states() == {"a.png": "present"}


def test_an_empty_place_of_an_unplugged_volume_makes_nothing_missing(
    collection: Collection,
) -> None:
    collection.add("a.png", 1)
    collection.run()
    empty: list[Met] = [ListedFolder(collection.folder.path, device=-1)]
    assert collection.run(met=empty).missing == 0
    assert collection.states() == {"a.png": "present"}


def test_below_a_folder_that_cannot_be_listed_nothing_is_missing(collection: Collection) -> None:
    collection.add("in/a.png", 1)
    collection.add("b.png", 2)
    collection.run()
    inner = UnlistedFolder(collection.folder.at("in"), Problem.PERMISSION, "cannot be listed")
    assert collection.run(met=[told(collection.folder), inner]).missing == 1
    assert collection.states() == {"b.png": "missing", "in": "error", "in/a.png": "present"}


def test_a_folder_that_can_be_listed_again_is_no_problem_any_more(collection: Collection) -> None:
    collection.add("in/a.png", 1)
    inner = UnlistedFolder(collection.folder.at("in"), Problem.PERMISSION, "cannot be listed")
    collection.run(met=[told(collection.folder), inner])
    assert collection.problems() == {"in": Problem.PERMISSION}
    collection.run()
    assert collection.problems() == {}


def test_prune_forgets_what_only_missing_files_held(collection: Collection) -> None:
    for name, seed in [("gone.png", 1), ("gone too.png", 2), ("kept.png", 2)]:
        collection.add(name, seed)
    collection.run()
    os.unlink(collection.folder.at("gone.png"))
    os.unlink(collection.folder.at("gone too.png"))
    collection.run()
    assert collection.prune() == (2, 1)
    assert collection.states() == {"kept.png": "present"}
    assert collection.rows("SELECT count(*) FROM contents") == [(1,)]
    assert collection.rows("SELECT count(*) FROM descriptors") == [(1,)]
    assert collection.run().read == []


# Roots


def test_a_root_takes_in_those_below_it(collection: Collection) -> None:
    top, inner = collection.folder.path, collection.folder.at("in")
    with collection.writing() as (db, intake):
        intake.forget_missing([inner], options="{}")
        assert [root.path for root in Catalog(db).roots()] == [inner]
        intake.forget_missing([top], options="{}")
        assert [root.path for root in Catalog(db).roots()] == [top]
        intake.forget_missing([inner], options="{}")
        assert [root.path for root in Catalog(db).roots()] == [top]


# Models and batches


def test_another_model_reads_each_content_once_and_both_descriptors_stay(
    collection: Collection,
) -> None:
    collection.add("a.png", 1)
    collection.add("copy.png", 1)
    collection.run(model="first")
    assert collection.run(model="second").described == ["a.png"]
    assert collection.run(model="second").read == []
    assert collection.run(model="first").read == []
    assert collection.rows("SELECT count(*) FROM descriptors") == [(2,)]


def test_a_batch_that_fails_is_stored_not_at_all(collection: Collection) -> None:
    collection.add("a.png", 1)
    collection.add("b.png", 2)
    with collection.writing() as (db, intake):
        intake.meet(m for m in scan(collection.folder.path, ScanOptions()) if type(m) is FoundFile)
        intake.plan()
        read = [read_really(file, known) for file, known in intake.work()]
        unknown = (FoundFile(b"/b.png", 1, 1, 1, 1), b"x" * 32)
        rows = [(r.file, row_of(r, None, decoder="1")) for r in read if isinstance(r, ReadFile)]
        with pytest.raises(TypeError):  # nothing is known of that content
            intake.store(rows, known=[unknown])
        for table in ("contents", "files", "descriptors"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


# All of it together


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories)
@example(  # a hard link that becomes the only one, while its first name is taken by another
    history=[
        [Change("create", "a.png", "a.png", 0), Change("link", "a.png", "b.png", 0)],
        [Change("delete", "a.png", "a.png", 0), Change("create", "a.png", "a.png", 1)],
        [Change("move", "b.png", "a.png", 0)],
    ]
)
def test_whatever_is_done_to_the_files_the_catalog_holds_what_is_there(
    history: list[list[Change]],
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary).resolve() / "photos"
        place.mkdir()
        tree = Tree(place)
        collection = Collection(Folder(os.fsencode(place)), place.parent / "catalog.sqlite")
        for changes in history:
            for change in changes:
                tree.apply(change)
            collection.run()
            assert collection.present() == tree.contents()
        collection.prune()
        hashes = {sha256 for (sha256,) in collection.rows("SELECT sha256 FROM contents")}
        assert hashes == set(tree.contents().values())
        assert collection.run().read == []
