"""Nothing leaves this machine: the real commands ask for no network, and leave no device id.

They run where there is no network, followed by strace, and stay for longer than a library waits
before it sends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import Album, run_python, surroundings

STAYS = 12  # seconds; ONNX Runtime sends after ten
_STRACE = ["strace", "-f", "--seccomp-bpf", "-qq"]  # without the filter it stops at every call
_RUN = """
import itertools, sys, time
from copyfind.cli.app import main
for is_command, words in itertools.groupby(sys.argv[2:], "+".__ne__):
    try:
        main(list(words)) if is_command else None
    except SystemExit as ended:
        assert not ended.code, ended.code
time.sleep(float(sys.argv[1]))
"""
_IMPORT = """
import importlib, sys, time
from copyfind.descriptor.torchvision_import import import_torchvision
import_torchvision()  # timm would die beside a CPU build of torch
for name in sys.argv[1:]:
    importlib.import_module(name)
time.sleep(1)
"""
_LIBRARIES = ("torch", "timm", "matplotlib.pyplot", "cv2", "faiss", "ray")


def _is_probe(line: str) -> bool:
    """urllib3, which Ray loads, binds a socket to this machine itself to see if IPv6 is there."""
    return " socket(AF_INET6, SOCK_STREAM" in line or (" bind(" in line and '"::1"' in line)


class Watched:
    """Runs programs of their own without a network, and knows what they asked of one."""

    def __init__(self, folder: Path) -> None:
        self.cache, self._log = folder / "cache", folder / "calls.txt"
        self._homes = {
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }

    def run(self, program: str, *words: str) -> None:
        call = [sys.executable, "-c", program, *words]
        call = [
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            "trace=network",
            "-A",
            "-o",
            str(self._log),
            *call,
        ]
        if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0:
            call = ["unshare", "-n", *call]
        ran = subprocess.run(call, env=surroundings() | self._homes, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr

    @property
    def asked(self) -> list[str]:
        """Every call that was about the internet: sockets, names, connections."""
        return [line for line in self._log.read_text().splitlines() if "AF_INET" in line]

    @property
    def left(self) -> set[str]:
        """Whose things are in the cache now."""
        return {path.name for path in self.cache.iterdir()} if self.cache.exists() else set()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    if shutil.which("strace") is None or not sys.platform.startswith("linux"):
        pytest.skip("nobody can watch calls here")
    works = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-o", os.devnull, "true"], capture_output=True
    )
    if works.returncode:
        pytest.skip("watching calls is not allowed here")
    return Watched(tmp_path)


@pytest.mark.slow
def test_no_command_asks_for_a_network(watched: Watched, album: Album) -> None:
    one, other = (str(album.add(name, 1)) for name in ("a.jpg", "b.jpg"))
    plan, moved = (str(album.folder.parent / name) for name in ("plan.json", "moved"))
    at = ["--catalog", str(album.catalog)]

    commands = [
        ["index", str(album.folder), *at],  # its workers are followed too
        ["dupes", *at],
        ["search", one, *at],
        ["compare", one, other],
        ["plan", "--to", moved, "-o", plan, *at],
        ["check", *at],
        ["apply", plan, "--yes", "--yes-large"],
        ["undo", *at],
        ["status", *at],
    ]
    watched.run(_RUN, str(STAYS), *(word for words in commands for word in (*words, "+")))

    assert watched.asked == []
    assert watched.left == {"copyfind"}


@pytest.mark.slow
def test_no_library_asks_for_a_network(watched: Watched) -> None:
    installed = [name for name in _LIBRARIES if find_spec(name.partition(".")[0])]
    assert {"torch", "timm"} <= set(installed)

    watched.run(_IMPORT, *installed)

    assert [line for line in watched.asked if not _is_probe(line)] == []
    assert watched.left <= {"matplotlib", "fontconfig"}


@pytest.mark.slow
def test_the_watch_sees_what_it_is_for(watched: Watched) -> None:
    watched.run("import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)")

    assert watched.asked


def test_importing_copyfind_switches_all_off() -> None:
    program = "import copyfind, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"

    assert run_python(program).stdout == "1\n"


def test_it_is_off_again_right_before_the_import() -> None:
    program = (
        "import os, copyfind\n"
        "os.environ.pop('ORT_DISABLE_TELEMETRY')\n"
        "from copyfind.descriptor.onnxruntime_import import import_onnxruntime\n"
        "import_onnxruntime()\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )

    assert run_python(program).stdout == "1\n"
