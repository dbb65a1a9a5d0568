"""The Containerfile without a container tool: its steps in a root folder of their own.

A root holds the system's /usr, /etc and devices, to read, and Python where the official images
have it. Each command has mounts of its own, which are gone with it. Needs root, and is skipped
where that is not to be had.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "Containerfile"
_BOUND = ("/usr", "/etc", "/proc", "/dev/null", "/dev/zero", "/dev/urandom")
_LINKED = ("bin", "sbin", "lib", "lib64")
# Where the official images find their Python, and its library before one of the system's.
_FOUND = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LD_LIBRARY_PATH": "/usr/local/lib"}


def steps() -> Iterator[tuple[str, str]]:
    """The instructions of the Containerfile and what they say, in their order."""
    text = FILE.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word, rest.strip()


@dataclass
class Root:
    """A root folder, and what the instructions say of running in it."""

    top: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    command: list[str] = field(default_factory=list)  # the usual one, without the program
    mounts: dict[str, Path] = field(default_factory=dict)  # what is seen at a path, to read

    def __post_init__(self) -> None:
        if not sys.platform.startswith("linux") or os.geteuid():
            pytest.skip("a root of one's own needs root")
        for path in (*_BOUND, "/dev/shm", "/tmp"):
            self.at(path).parent.mkdir(parents=True, exist_ok=True)
            if Path(path).is_char_device():
                self.at(path).touch()
            else:
                self.at(path).mkdir(exist_ok=True)
        self.at("/tmp").chmod(0o1777)
        for name in _LINKED:
            if Path("/", name).is_symlink():
                self.at(f"/{name}").symlink_to(Path("/", name).readlink())
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
            pytest.skip("mounts of one's own are not allowed here")

    def at(self, path: str) -> Path:
        """Where a path in the root is for us."""
        return self.top / path.lstrip("/")

    def show(self, path: str, source: Path) -> None:
        """Let a folder or file be seen at a path, to be read alone."""
        self.at(path).mkdir(parents=True, exist_ok=True)
        self.mounts[path] = source

    def line(self, *words: str, environment: Mapping[str, str] | None = None) -> list[str]:
        """What to run for a command to run in the root; with nothing of our environment."""
        seen = {path: Path(path) for path in _BOUND} | {"/usr/local": Path(sys.base_prefix)}
        lines = ["set -e", "mount --make-rprivate /"]
        for path, source in (seen | self.mounts).items():
            at = shlex.quote(str(self.at(path)))
            lines.append(f"mount --bind {shlex.quote(str(source))} {at}")
            if not path.startswith(("/proc", "/dev")):
                lines.append(f"mount -o remount,bind,ro {at}")
        lines.append(f"mount -t tmpfs -o mode=1777 none {shlex.quote(str(self.at('/dev/shm')))}")
        known = _FOUND | self.environment | dict(environment or {})
        there = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", self.folder, *words]
        inside = ["env", "-i", *(f"{key}={value}" for key, value in known.items()), *there]
        outside = ["chroot", f"--userspec={self.user}", "--groups=", str(self.top), *inside]
        lines.append(f"exec {shlex.join(outside)}")
        return ["unshare", "--mount", "sh", "-c", "\n".join(lines)]

    def run(
        self, *words: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the root to its end."""
        return subprocess.run(
            self.line(*words, environment=environment), capture_output=True, text=True
        )

    def take_settings(self) -> None:
        """Do as those instructions of the last stage say that change no file."""
        for word, rest in steps():
            if word == "FROM":
                self.environment, self.user, self.folder = {}, "0:0", "/"
            else:
                self.set(word, rest)

    def set(self, word: str, rest: str) -> None:
        """Do as an instruction says, if it is one that changes no file."""
        if word == "ENV":
            self.environment |= dict(one.split("=", 1) for one in shlex.split(rest))
        elif word == "USER":
            self.user = rest
        elif word == "WORKDIR":
            self.folder = rest
        elif word == "CMD":
            self.command = [str(one) for one in json.loads(rest)]


def built(top: Path) -> Root:
    """The root that the instructions make, of our Python instead of the one that they name. Needs
    a package registry."""
    stages: dict[str, Root] = {}
    root: Root | None = None
    for word, rest in steps():
        if word == "FROM":
            name = rest.partition(" AS ")[2]
            root = stages[name] = Root(top / (name or "image"))
        elif root is None:
            raise ValueError(f"{word} stands before the first FROM")
        elif word == "COPY":
            _copy(root, shlex.split(rest), stages)
        elif word == "RUN":
            done = root.run("sh", "-c", rest, environment=_for_installing())
            assert done.returncode == 0, f"{rest}\n{done.stdout}\n{done.stderr}"
        else:
            root.set(word, rest)
            root.at(root.folder).mkdir(parents=True, exist_ok=True)
    assert root is not None
    return root


def _copy(root: Root, words: list[str], stages: Mapping[str, Root]) -> None:
    came = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
    *sources, to = words
    for name in sources:
        source = stages[came].at(name) if came else FILE.parent / name
        target = root.at(str(Path(root.folder, to)))
        if source.is_dir():
            ours = None if came else shutil.ignore_patterns("__pycache__", "*.unfinished")
            shutil.copytree(source, target, symlinks=True, ignore=ours, dirs_exist_ok=True)
        else:
            shutil.copy(source, target / source.name)


def _for_installing() -> dict[str, str]:
    """How packages are reached from here, for a command that installs some."""
    return {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_"))}
