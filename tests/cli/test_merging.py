"""copyfind plan --merge-metadata: what only copies know is written beside what is kept."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image
from PIL.ExifTags import Base

from copyfind.metadata.known import Metadata, read_metadata
from tests.cli.conftest import Collection, Run
from tests.photos import photo


def saved(path: Path, *, camera: bool = False, title: str | None = None) -> Path:
    """The same pixels each time, in other bytes."""
    exif = Image.Exif()
    if title is not None:
        exif[Base.ImageDescription] = title
    if camera:
        exif[Base.Model] = "Camera One"
    photo("coffee").save(path, exif=exif)
    return path


def known(path: Path) -> Metadata:
    return read_metadata(None, sidecars=[path.read_bytes()])


def test_what_would_be_lost_is_told_written_and_taken_back(run: Run, album: Collection) -> None:
    album.folder.mkdir(exist_ok=True)
    saved(album.at("a.png"), camera=True)
    copy = saved(album.at("long name.png"), title="Coffee at noon")
    run("index", album.folder)
    plan, sidecar = album.folder.parent / "plan.json", album.at("a.png.xmp")

    planned = run("plan", "--merge-metadata", "-o", plan)

    assert planned.code == 0
    assert "description: Coffee at noon (1)" in planned.out
    assert "what only its copies know" in " ".join(planned.out.split())
    (cluster,) = json.loads(plan.read_text())["clusters"]
    assert cluster["sidecar"]["path"] == str(sidecar)
    assert not sidecar.exists()
    applied = run("apply", plan, "--yes", "--yes-large")
    assert applied.code == 0, applied.err
    assert not copy.exists()
    assert known(sidecar) == Metadata(description="Coffee at noon")
    assert run("undo").code == 0
    assert copy.exists()
    assert not sidecar.exists()


def test_without_the_option_nothing_is_written(run: Run, album: Collection) -> None:
    album.folder.mkdir(exist_ok=True)
    saved(album.at("a.png"), camera=True)
    saved(album.at("long name.png"), title="Coffee at noon")
    run("index", album.folder)
    plan = album.folder.parent / "plan.json"

    planned = run("plan", "-o", plan)
    assert "description: Coffee at noon" in " ".join(planned.out.split())
    run("apply", plan, "--yes", "--yes-large")

    assert not list(album.folder.glob("*.xmp"))


def test_a_dry_run_shows_the_sidecar(run: Run, album: Collection) -> None:
    album.folder.mkdir(exist_ok=True)
    saved(album.at("a.png"), camera=True)
    saved(album.at("long name.png"), title="Coffee at noon")
    run("index", album.folder)
    plan = album.folder.parent / "plan.json"
    run("plan", "--merge-metadata", "-o", plan)

    shown = run("apply", plan, "--dry-run")

    assert "a.png.xmp" in shown.out
    assert not album.at("a.png.xmp").exists()


def test_a_sidecar_changed_by_hand_is_refused(run: Run, album: Collection) -> None:
    album.folder.mkdir(exist_ok=True)
    saved(album.at("a.png"), camera=True)
    saved(album.at("long name.png"), title="Coffee at noon")
    run("index", album.folder)
    plan = album.folder.parent / "plan.json"
    run("plan", "--merge-metadata", "-o", plan)
    plan.write_text(plan.read_text().replace("Coffee at noon</rdf:li>", "Tea</rdf:li>"))

    ran = run("apply", plan, "--yes")

    assert ran.code == 1
    assert "changed by hand" in ran.err
