"""What users install: the wheel has all that copyfind needs, and runs far from any checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from PIL import Image

import copyfind

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what a release is made of, by the tools that are installed."""
    source = tmp_path_factory.mktemp("source")
    for name in ("copyfind", "weights", "docs/man"):
        shutil.copytree(
            ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.unfinished")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(source)],
        check=True,
        capture_output=True,
    )
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `copyfind` of an environment that takes only its dependencies from ours."""
    environment = tmp_path_factory.mktemp("installed")
    venv.create(environment, with_pip=False)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    site = sysconfig.get_path(
        "purelib", vars={"base": str(environment), "platbase": str(environment)}
    )
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index",
         "--disable-pip-version-check", str(wheel)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (Path(site) / "dependencies.pth").write_text("\n".join(ours))
    return python.with_name("copyfind")


def run(program: Path, *words: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    """Run what is installed, with nothing of this checkout in sight."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COPYFIND"))}
    return subprocess.run(
        [program, *words],
        cwd=at,
        env=environment | {"HOME": str(at), "COPYFIND_CATALOG": str(at / "catalog.sqlite")},
        capture_output=True,
        text=True,
    )


def test_the_wheel_holds_the_package_its_weights_and_the_mark_of_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "copyfind").rglob("*.py")}
    assert package <= names
    pages = {
        path.relative_to(ROOT).as_posix()
        for folder in ("report/page", "review/static")
        for path in (ROOT / "copyfind" / folder).iterdir()
    }
    assert len(pages) > 8
    assert pages <= names
    assert {
        "copyfind/py.typed",
        "copyfind/weights/lite0-128.safetensors",
        "copyfind/weights/lite0-128.onnx",
        "copyfind/weights/lite0-256.safetensors",
        "copyfind/weights/lite0-256.onnx",
        "copyfind/weights/README.md",
    } <= names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}

    ours = f"copyfind-{copyfind.__version__}"
    assert tops == {"copyfind", f"{ours}.dist-info", f"{ours}.data"}
    beside = {name for name in names if name.startswith(f"{ours}.data/")}
    assert beside == {f"{ours}.data/data/share/man/man1/copyfind.1"}


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    info = f"copyfind-{copyfind.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{info}/METADATA").decode()
        entry_points = archive.read(f"{info}/entry_points.txt").decode()

    assert f"\nVersion: {copyfind.__version__}\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "copyfind = copyfind.cli.app:main" in entry_points


def test_the_installed_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "--help", at=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: copyfind " in done.stdout


def test_the_installed_command_finds_its_weights(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "models", at=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "lite0-256 (default)" in done.stdout


def test_the_installed_command_finds_copies(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(picture(tmp_path), tmp_path / "photos" / name)

    indexed = run(installed, "index", "photos", at=tmp_path)
    found = run(installed, "dupes", "photos", "--fail-on-copies", at=tmp_path)

    assert (indexed.returncode, indexed.stdout) == (0, "")
    assert "2 pictures" in indexed.stderr
    assert found.returncode == 5
    assert "1 safe to clear" in found.stdout


def picture(folder: Path) -> Path:
    path = folder / "gradient.jpg"
    Image.linear_gradient("L").save(path)
    return path
