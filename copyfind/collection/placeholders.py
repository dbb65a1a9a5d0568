"""Files that are listed but whose bytes are in a cloud: reading one downloads it.

Linux has no common mark for them. `st_blocks == 0` is none: small files inside an inode, and
files of some FUSE systems, have no blocks and all their bytes.
"""

from __future__ import annotations

_WINDOWS = (
    0x0040_0000  # FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS
    | 0x0004_0000  # FILE_ATTRIBUTE_RECALL_ON_OPEN
    | 0x0000_1000  # FILE_ATTRIBUTE_OFFLINE
)
_MACOS = 0x4000_0000  # SF_DATALESS

_LARGEST_STUB = 1 << 16  # bytes; one has two hundred


def is_placeholder(status: object) -> bool:
    """Whether reading the file would download it; `status` is an `os.stat_result` or alike."""
    attributes: int = getattr(status, "st_file_attributes", 0)
    flags: int = getattr(status, "st_flags", 0)
    return bool(attributes & _WINDOWS or flags & _MACOS)


def stubbed_name(name: bytes) -> bytes | None:
    """The name of the file for which an older macOS leaves `.NAME.icloud` in its place."""
    inner = name.removeprefix(b".").removesuffix(b".icloud")
    return inner if inner and name == b"." + inner + b".icloud" else None


def stubbed_size(stub: bytes) -> int | None:
    """The size in bytes of the file that the stub at this path stands for, where it tells."""
    import plistlib

    try:
        with open(stub, "rb") as file:
            told = plistlib.loads(file.read(_LARGEST_STUB), fmt=plistlib.FMT_BINARY)
    except (OSError, ValueError, RecursionError):
        return None
    size = told.get("NSURLFileSizeKey") if isinstance(told, dict) else None
    return size if isinstance(size, int) and size >= 0 else None


def in_words(size: int) -> str:
    """A size in bytes as people read it, in the decimal units that clouds count in."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"
