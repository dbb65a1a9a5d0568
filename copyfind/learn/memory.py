"""How much memory there is to keep photos in, and what running out of it looks like."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from copyfind.errors import TrainingError

# The other half is for networks, gradients and batches, which are not known before the first step.
FOR_PHOTOS = 0.5
_LACKING = (
    "can't allocate memory",  # PyTorch, on Linux and macOS
    "not enough memory",  # the same on Windows
    "out of memory",  # CUDA, outside of PyTorch's own allocator
    "ALLOC_FAILED",  # cuBLAS, cuDNN
    "could not create a ",  # oneDNN: primitive, memory, descriptor
    "could not execute a primitive",
    "can't start new thread",  # a thread's stack is memory, too
    "Cannot allocate memory",  # the system, in errors of files that are mapped
)


def room_for_photos(device: torch.device, *, processes: int = 1) -> int:
    """Bytes that decoded photos may take in each of the `processes` of this machine.

    They are decoded in the machine's memory, and then kept on the device.
    """
    free = free_memory() // processes
    if device.type == "cuda":
        free = min(free, torch.cuda.mem_get_info(device)[0])
    return int(FOR_PHOTOS * free)


def free_memory() -> int:
    """Bytes that this process may still take without pushing anyone out of memory."""
    return max(0, min(_available(), _of_the_container(), _of_the_limit()))


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out; libraries have many ways to say it."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, (RuntimeError, OSError)) and any(s in str(error) for s in _LACKING)


@contextmanager
def enough_memory(*, advice: str) -> Iterator[None]:
    """Turn what is raised where memory runs out into a TrainingError, which gives `advice`."""
    try:
        yield
    except Exception as error:
        if not lacks_memory(error):
            raise
        lines = str(error).strip().splitlines()
        raise TrainingError(
            f"too little memory ({lines[0] if lines else 'none left'}): {advice}"
        ) from None


def _available() -> int:
    """The bytes that are free in the whole machine."""
    if sys.platform == "linux":
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    import psutil  # rented GPU machines, which are Linux, often have none

    return int(psutil.virtual_memory().available)


def _of_the_container() -> int:
    """The bytes that are left in the control group (v2).

    Beyond them the system kills the process without a word.
    """
    group = Path("/sys/fs/cgroup")
    try:
        most, used = ((group / f"memory.{name}").read_text() for name in ("max", "current"))
        facts = (group / "memory.stat").read_text().splitlines()
    except OSError:  # no container, or the root of all
        return sys.maxsize
    if most.strip() == "max":
        return sys.maxsize
    cached = sum(int(fact.split()[1]) for fact in facts if fact.startswith("inactive_file "))
    return int(most) - int(used) + cached


def _of_the_limit() -> int:
    """The bytes that are left under `ulimit -v`, as batch systems set it."""
    if sys.platform != "linux":
        return sys.maxsize
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return sys.maxsize
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return most - pages * resource.getpagesize()
