"""In a container: no home, a user that nobody knows, photos that can only be read, no PyTorch."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import page_at
from tests.containers import Root, built, steps
from tests.photos import photo
from tests.surroundings import OURS, link_without_torch, sites

NOBODY = "54321:54321"
MEGABYTES = 560  # at most, of packages: the image that they are laid on has some 130
COPYFIND = ("/usr/local/bin/python3", "-S", "-m", "copyfind")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "photos"
    folder.mkdir()
    photo("coffee").save(folder / "one.png")
    shutil.copy(folder / "one.png", folder / "copy.png")
    photo("chelsea").resize((160, 120)).save(folder / "other.jpg")
    return folder


@pytest.fixture
def root(tmp_path: Path, photos: Path) -> Root:
    """A root that has our packages but PyTorch's, and shows the photos."""
    root = Root(tmp_path / "root")
    root.take_settings()
    root.user = NOBODY
    root.at("/data").mkdir()
    root.at("/data").chmod(0o1777)
    root.show("/photos", photos)
    root.show("/opt/source", OURS)
    for number, site in enumerate(sites()):
        root.show(f"/opt/packages{number}", site)
        link_without_torch(site, root.at("/opt/links"), seen_as=Path(f"/opt/packages{number}"))
    root.environment |= {"PYTHONPATH": "/opt/source:/opt/links", "OMP_NUM_THREADS": "1"}
    return root


@pytest.fixture
def port() -> str:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return str(asked.getsockname()[1])


def page_of(line: list[str], port: str) -> bytes:
    """What the page shows that a command serves, which ends then."""
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            assert address.startswith(f"http://127.0.0.1:{port}/?token="), process.communicate()
            return page_at(address)
        finally:
            process.kill()


def test_all_is_kept_in_the_volume_and_no_photo_changes(
    root: Root, photos: Path, port: str
) -> None:
    before = {path.name: path.read_bytes() for path in photos.iterdir()}
    here = {"COPYFIND_PORT": port, "COPYFIND_ADDRESS": f"127.0.0.1:{port}"}

    page = page_of(root.line(*COPYFIND, *root.command, environment=here), port)
    planned = root.run(*COPYFIND, "plan", "-o", "/data/plan.json")
    applied = root.run(*COPYFIND, "apply", "/data/plan.json", "--yes")

    assert b"<!doctype html>" in page.lower()
    assert planned.returncode == 0, planned.stderr
    assert "1 cluster" in planned.stdout
    assert applied.returncode != 0
    assert "Traceback" not in applied.stderr
    assert {path.name: path.read_bytes() for path in photos.iterdir()} == before
    assert {path.stat().st_uid for path in root.at("/data").rglob("*")} == {54321}


def test_a_command_without_any_folder_of_its_own_says_what_to_give(root: Root) -> None:
    root.environment = {k: v for k, v in root.environment.items() if not k.startswith("XDG_")}

    done = root.run(*COPYFIND, "index", "/photos")

    assert done.returncode == 1
    assert done.stderr.startswith("copyfind: no home folder is known; name the catalog with ")
    assert root.run(*COPYFIND, "index", "/photos", "--catalog", "/data/c.sqlite").returncode == 0


@pytest.mark.container
@pytest.mark.timeout(1500)  # a minute with two free cores, and what the registry takes
def test_the_image_is_built_and_serves_the_page(tmp_path: Path, photos: Path, port: str) -> None:
    root = built(tmp_path)
    program = json.loads(dict(steps())["ENTRYPOINT"])
    here = {"COPYFIND_PORT": port, "COPYFIND_ADDRESS": f"127.0.0.1:{port}"}
    root.show("/photos", photos)
    root.user = NOBODY

    page = page_of(root.line(*program, *root.command, environment=here), port)
    listed = root.run(*program, "dupes", "--summary")

    assert b"<!doctype html>" in page.lower()
    assert "1 cluster" in listed.stdout
    files = [path for path in root.at("/opt").rglob("*") if path.is_file()]
    assert not list(root.at("/opt").glob("*/lib/*/site-packages/torch*"))
    assert sum(path.stat().st_size for path in files) < MEGABYTES << 20


def test_the_image_is_not_root_and_names_no_host_for_its_packages() -> None:
    words = dict(steps())

    assert words["USER"].split(":")[0] not in ("", "0", "root")
    assert words["VOLUME"] == "/data"
    assert not any("://" in rest or "index-url" in rest for _, rest in steps())
