"""The volume that a path is on: what it is known by wherever and whenever it is mounted.

The number of a device is no name: the next drive that is plugged in gets it. What is used is the
UUID in the file system; of shares that have none, where they are mounted from. Known on Linux
alone; elsewhere nothing is known, and whoever asks does what is safe without.
"""

from __future__ import annotations

import array
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from copyfind.paths import below, is_address
from copyfind.records import FoundFile

if sys.platform == "linux":
    import fcntl

# File systems that write the number of a file down, for as long as it exists. Not so FAT and exFAT,
# which make numbers up at each mount; most drivers in user space, servers behind network shares
# and overlays cannot be asked which they do.
_KEEPS_NUMBERS = frozenset(
    {
        *("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "nilfs2"),
        *("zfs", "ntfs3", "bcachefs", "tmpfs"),  # a tmpfs has another UUID at each mount
    }
)
_SHARES = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "lustre", "glusterfs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.davfs", "davfs"),
    }
)
# Their `f_fsid` is made of the UUID (that of others, of the number of the device); on btrfs of the
# subvolume too, each of which numbers its own files.
_TOLD_BY_STATVFS = frozenset({"ext2", "ext3", "ext4", "btrfs", "zfs"})
_MOUNTS = "/proc/self/mountinfo"
_BY_UUID = Path("/dev/disk/by-uuid")
_GET_UUID = 0x80111500  # FS_IOC_GETFSUUID, of Linux 6.9
_GET_FLAGS = 0x80089419  # BTRFS_IOC_SUBVOL_GETFLAGS
_FROZEN = 2  # BTRFS_SUBVOL_RDONLY
_SUBVOLUME = 256  # the inode of the topmost folder of each


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system where it is mounted now."""

    top: bytes  # the folder
    kind: str = ""  # "ext4", "fuse.mergerfs"; empty: nothing is known
    word: str | None = None  # what it is known by; None: nothing tells it from another one

    @property
    def keeps_numbers(self) -> bool:
        """Whether a number is the same file's at every mount, and of this volume alone."""
        return self.kind in _KEEPS_NUMBERS and self.word is not None


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of what the kernel says is mounted."""

    top: bytes
    kind: str
    source: str
    root: str  # of what is mounted, within its file system


def mounts() -> tuple[Mount, ...]:
    """What is mounted, in the order of mounting; empty where the system does not say."""
    with suppress(OSError), open(_MOUNTS, "rb") as lines:
        return _told(lines.read())
    return ()


@lru_cache(maxsize=1)  # clearing away asks some times for each file, and it hardly ever changes
def _told(lines: bytes) -> tuple[Mount, ...]:
    found = []
    for line in filter(None, lines.split(b"\n")):
        words, _, rest = line.partition(b" - ")
        before, after = words.split(b" "), rest.split(b" ")
        kind, source = os.fsdecode(after[0]), os.fsdecode(_plain(after[1]))
        found.append(Mount(_plain(before[4]), kind, source, os.fsdecode(_plain(before[3]))))
    return tuple(found)


def volume_of(path: bytes, known: Iterable[Mount] | None = None) -> Volume:
    """The volume of a folder or file that exists, by its absolute path without links.

    known: what `mounts` says, where many are asked for. Raises OSError.
    """
    device = os.stat(path).st_dev
    mount: Mount | None = None
    for one in mounts() if known is None else known:
        low, _ = below(one.top)
        if (path == one.top or path.startswith(low)) and (
            mount is None or len(one.top) >= len(mount.top)
        ):
            mount = one
    if mount is None:
        return Volume(_topmost(path, device))
    return Volume(mount.top, mount.kind, _word(path, mount))


def lasting_snapshot(path: bytes) -> bool:
    """Whether a path lies in a snapshot that is kept read-only, and goes when its time has come."""
    with suppress(OSError):
        volume = volume_of(os.path.dirname(path))
        if volume.kind == "zfs":
            return b"/.zfs/snapshot/" in path or any(
                "@" in one.source for one in mounts() if one.top == volume.top
            )
        return volume.kind == "btrfs" and _is_frozen(os.path.dirname(path))
    return False


def snapshots(files: Iterable[FoundFile]) -> frozenset[bytes]:
    """The paths, of these files, that lie in read-only snapshots; those of a logical volume are
    told by the volume that they have been taken of, if it is among them."""
    found: dict[int, list[bytes]] = {}
    for file in files:
        if not is_address(file.path):
            found.setdefault(file.device, []).append(file.path)
    volumes: dict[int, Volume] = {}
    frozen: set[int] = set()
    for device, paths in found.items():
        with suppress(OSError):
            volumes[device] = volume_of(os.path.dirname(paths[0]))
            if lasting_snapshot(paths[0]):
                frozen.add(device)
    for device, volume in volumes.items():
        same = [other for other, v in volumes.items() if v.word == volume.word and other != device]
        if volume.word is None or not same:
            continue
        with suppress(OSError):
            if _is_read_only(volume.top) and not all(_is_read_only(volumes[o].top) for o in same):
                frozen.add(device)
    return frozenset(path for device in frozen for path in found[device])


def _plain(escaped: bytes) -> bytes:
    """A path as the kernel writes it: spaces and the like are three octal digits."""
    head, *rest = escaped.split(b"\\")
    return head + b"".join(bytes([int(part[:3], 8)]) + part[3:] for part in rest)


def _topmost(path: bytes, device: int) -> bytes:
    while (above := os.path.dirname(path)) != path and os.stat(above).st_dev == device:
        path = above
    return path


def _word(path: bytes, mount: Mount) -> str | None:
    if mount.kind in _TOLD_BY_STATVFS:
        return f"{mount.kind}:{os.statvfs(path).f_fsid:x}"
    if mount.kind in _SHARES:
        return f"{mount.kind}:{mount.source}{mount.root}" if mount.source else None
    uuid = None if mount.kind == "overlay" else _uuid(path) or _uuid_of_device(path, mount)
    return uuid and f"{mount.kind}:{uuid.replace('-', '').lower()}"


def _uuid(path: bytes) -> str | None:
    """What the kernel tells, of a file system that is known to it."""
    if sys.platform != "linux":
        return None
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            told = fcntl.ioctl(descriptor, _GET_UUID, bytes(17))
        finally:
            os.close(descriptor)
        uuid = told[1 : 1 + told[0]]
        return uuid.hex() if any(uuid) else None
    return None


def _uuid_of_device(path: bytes, mount: Mount) -> str | None:
    """What the system found on the drive, where the kernel does not tell it of a file system."""
    devices = {os.stat(path).st_dev}
    if mount.source.startswith("/dev/"):
        with suppress(OSError):
            devices.add(os.stat(mount.source).st_rdev)
    with suppress(OSError):
        for name in sorted(_BY_UUID.iterdir()):
            with suppress(OSError):
                if name.stat().st_rdev in devices:
                    return name.name
    return None


def _is_frozen(folder: bytes) -> bool:
    """Whether the subvolume of this folder is read-only."""
    if sys.platform != "linux":
        return False
    device = os.stat(folder).st_dev
    while (status := os.stat(folder)).st_ino != _SUBVOLUME:
        above = os.path.dirname(folder)
        if above == folder or status.st_dev != device:
            return False
        folder = above
    flags = array.array("Q", [0])
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(descriptor, _GET_FLAGS, flags)
    finally:
        os.close(descriptor)
    return bool(flags[0] & _FROZEN)


def _is_read_only(top: bytes) -> bool:
    return sys.platform != "win32" and bool(os.statvfs(top).f_flag & os.ST_RDONLY)
