"""A folder in an object store: listed, read and written, with what the environment allows.

Credentials come from the environment or from the machine's own role, as the store's clients do it
(AWS_…, GOOGLE_…, AZURE_…); an address that holds some is refused, and no message repeats one.
What fails is an OSError with one line for people: FileNotFoundError, PermissionError, `Replaced`.
"""

from __future__ import annotations

import errno
import io
import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import obstore
from obstore import exceptions as told
from obstore.store import AzureStore, GCSStore, LocalStore, S3Store

from copyfind.errors import StoreError
from copyfind.paths import STORES
from copyfind.remote.odd_keys import listed_past
from copyfind.remote.rows import Listed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from obstore import GetOptions, GetResult, ObjectMeta
    from obstore.store import ObjectStore, RetryConfig

_ADDRESS = re.compile(r"(?P<scheme>[a-z0-9]+)://(?P<bucket>[^/]*)(?:/(?P<prefix>.*))?", re.DOTALL)
_BUCKET = re.compile(r"[\w.-]+")
# A body may be large and a line slow: what counts is that bytes come.
# Among the settings of the store, not as options of its client: those would put out what the
# environment says of the client, such as AWS_ALLOW_HTTP.
_CLIENT: dict[str, str] = {"connect_timeout": "10s", "read_timeout": "60s", "timeout": "1h"}
_RETRY: RetryConfig = {"max_retries": 8, "retry_timeout": timedelta(minutes=1)}


class Replaced(OSError):
    """The object is not the one any more that was listed."""


class NoParts(OSError):
    """The server gives objects whole, whatever part of them is asked for, as rclone's does."""


class BrokeOff(OSError):
    """The bytes of an object ended too soon. What fails before the first has been tried again by
    the store's client; this has not."""


@dataclass(frozen=True, slots=True)
class Store:
    """What lies below an address such as s3://bucket/prefix; keys are relative to it.

    It holds no connection and no credentials, so it travels to other processes.
    """

    url: str

    def __post_init__(self) -> None:
        """Refuse what is no such address. Raises StoreError."""
        scheme, bucket, prefix = _parts(self.url)
        object.__setattr__(self, "url", f"{scheme}://{bucket}/{prefix}".rstrip("/"))

    def uri(self, key: str) -> str:
        """The address of an object."""
        return f"{self.url}/{key}"

    def key_of(self, uri: str) -> str:
        """The key of an object whose address is known. Raises ValueError."""
        if not uri.startswith(self.url + "/"):
            raise ValueError(f"not below {self.url}: {uri}")
        return uri[len(self.url) + 1 :]

    def listed(self, under: str = "") -> Iterator[Listed]:
        """The objects below a folder, in the order of the store; of a local one, of their keys.

        Where keys have an empty part, what stands before that part, as an address without a size,
        stands for all that lies below it.
        """
        with _explained(self.uri(under)):
            found = listed_past(_connected(self.url), under, prefix=_parts(self.url)[2])
            if self.url.startswith("file://"):
                found = iter(sorted(found, key=_key))
            for one in found:
                if isinstance(one, str):
                    yield Listed(self.uri(one))
                else:
                    yield self._listed(one["path"], one)

    def look(self, key: str) -> Listed:
        """An object as it would be listed now."""
        with _explained(self.uri(key)):
            return self._listed(key, obstore.head(_connected(self.url), key))

    def get(self, key: str, *, etag: str | None = None) -> tuple[Listed, bytes]:
        """An object, as it is now; with `etag` as it was listed, or Replaced."""
        with _explained(self.uri(key)):
            got = obstore.get(_connected(self.url), key, options=_only_if(etag))
            return self._listed(key, got.meta), bytes(got.bytes())

    def pieces(self, key: str, *, etag: str | None = None) -> tuple[Listed, Iterator[bytes]]:
        """As `get`, for an object that is not to be held in memory."""
        with _explained(self.uri(key)):
            got = obstore.get(_connected(self.url), key, options=_only_if(etag))
            return self._listed(key, got.meta), self._stream(key, got)

    def part(self, key: str, start: int, length: int) -> bytes:
        """Some bytes of an object. Raises NoParts."""
        with _explained(self.uri(key)):
            return bytes(obstore.get_range(_connected(self.url), key, start=start, length=length))

    def open(self, key: str) -> BinaryIO:
        """An object to be sought in: each read is one request for no more than what is read, where
        the server gives parts."""
        return cast("BinaryIO", _Ranges(self, key, self.look(key).size or 0))

    def create(self, key: str, data: bytes) -> bool:
        """Write an object in one request where there is none; False where there is one."""
        with _explained(self.uri(key)):
            store = _connected(self.url, writing=True)
            try:
                obstore.put(store, key, data, mode="create", use_multipart=False)
            except told.AlreadyExistsError:
                return False
            return True

    def write(self, key: str, data: bytes) -> None:
        """Write an object in one request, in place of one that is there."""
        with _explained(self.uri(key)):
            obstore.put(_connected(self.url, writing=True), key, data, use_multipart=False)

    def _stream(self, key: str, got: GetResult) -> Iterator[bytes]:
        try:
            yield from got.stream()
        except (told.BaseError, ValueError) as error:
            raise BrokeOff(errno.EIO, _failure(str(error), "").strerror, self.uri(key)) from None

    def _listed(self, key: str, meta: ObjectMeta) -> Listed:
        return Listed(
            self.uri(key),
            meta["size"],
            _unquoted(meta["e_tag"]),
            _nanoseconds(meta["last_modified"]),
        )


def located(uri: str) -> tuple[Store, str]:
    """The bucket, or folder of this machine, and the key in it of an object's address. Raises
    StoreError."""
    scheme, bucket, key = _parts(uri)
    if scheme == "file":
        folder, _, name = key.rpartition("/")
        return Store(f"file:///{folder}"), name
    return Store(f"{scheme}://{bucket}"), key


def _key(one: ObjectMeta | str) -> str:
    return one if isinstance(one, str) else one["path"]


def _only_if(etag: str | None) -> GetOptions:
    return {} if etag is None else {"if_match": f'"{etag}"'}


def _unquoted(etag: str | None) -> str | None:
    """As some servers list it, and others only answer to a GET."""
    return etag.strip('"') if etag else None


class _Ranges(io.RawIOBase):
    """An object as a file that can be sought in."""

    def __init__(self, store: Store, key: str, size: int) -> None:
        self._store, self._key, self._size = store, key, size
        self._place = 0
        self._whole: bytes | None = None  # of a server that gives no parts

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(begin + offset, 0)
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        length = min(len(view), self._size - self._place)
        if length <= 0:
            return 0
        view[:length] = self._part(length)
        self._place += length
        return length

    def _part(self, length: int) -> bytes:
        if self._whole is None:
            try:
                return self._store.part(self._key, self._place, length)
            except NoParts:
                self._whole = self._store.get(self._key)[1]
        return self._whole[self._place : self._place + length]


def _nanoseconds(moment: datetime) -> int:
    """Whole seconds: lists tell fractions that answers to a GET have not."""
    return int(moment.timestamp()) * 1_000_000_000


def _parts(url: str) -> tuple[str, str, str]:
    matched = _ADDRESS.fullmatch(url)
    if matched is None or matched["scheme"] not in STORES:
        raise StoreError(f"no address of a store; name one as {_EXAMPLES}")
    scheme, bucket, prefix = matched["scheme"], matched["bucket"], matched["prefix"] or ""
    if scheme == "file":
        if bucket:
            raise StoreError(f"file://{bucket}: file:// is followed by an absolute path")
        folder = posixpath.normpath("/" + prefix).strip("/")
        if not folder:
            raise StoreError("file:///: name a folder below")
        return scheme, "", folder
    if "@" in bucket or ":" in bucket:  # not repeated: it holds a secret
        raise StoreError(
            f"an address of {scheme}:// holds no credentials; they come from the environment"
        )
    if not _BUCKET.fullmatch(bucket):
        raise StoreError(f"{url}: no name of a bucket; name one as {_EXAMPLES}")
    return scheme, bucket, prefix.strip("/")


_EXAMPLES = "s3://bucket/prefix, gs://bucket/prefix, az://container/prefix or file:///folder"


@lru_cache(maxsize=64)  # one a bucket and process; it is shared by threads
def _connected(url: str, *, writing: bool = False) -> ObjectStore:
    scheme, bucket, prefix = _parts(url)
    below = prefix or None
    if scheme == "file":
        if not (writing or Path("/" + prefix).is_dir()):
            raise FileNotFoundError
        return LocalStore("/" + prefix, mkdir=writing)
    try:
        if scheme == "s3":
            return S3Store(bucket, prefix=below, config=cast("Any", _CLIENT), retry_config=_RETRY)
        if scheme == "gs":
            return GCSStore(bucket, prefix=below, config=cast("Any", _CLIENT), retry_config=_RETRY)
        return AzureStore(bucket, prefix=below, config=cast("Any", _CLIENT), retry_config=_RETRY)
    except (told.BaseError, ValueError):
        raise StoreError(
            f"{scheme}://{bucket}: the environment does not say how to reach it; docs/cluster.md "
            "lists what it has to say"
        ) from None


@contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Errors of the store in our words: theirs may repeat an address with a signature."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, _MISSING, uri) from None
    except told.PreconditionError:
        raise Replaced(errno.ESTALE, "it was replaced since it was listed", uri) from None
    except (told.PermissionDeniedError, told.UnauthenticatedError):
        raise PermissionError(errno.EACCES, _REFUSED, uri) from None
    except (told.BaseError, ValueError) as error:
        raise _failure(str(error), uri) from None


def _failure(text: str, uri: str) -> OSError:
    """What an error means whose kind the store's client does not tell, as of a list."""
    if (bad := re.search(r'Path "(.*?)"', text)) and "egment" in text:
        reason = f"the store's client takes no key with an empty part, as {bad[1]!r} has"
        return OSError(errno.EIO, reason, uri)
    if "NotPartial" in text:
        return NoParts(errno.EIO, "the store gives no part of an object", uri)
    status = re.search(r"status code: (\d+)", text)
    if status is None:
        causes = (said for word, said in _CAUSES.items() if word in text)
        return OSError(errno.EIO, next(causes, "the store failed"), uri)
    if status[1] in ("401", "403"):
        return PermissionError(errno.EACCES, _REFUSED, uri)
    if status[1] == "404":
        return FileNotFoundError(errno.ENOENT, _MISSING, uri)
    return OSError(errno.EIO, f"the store answers {status[1]}", uri)


_MISSING = "no such object or bucket"
_REFUSED = "the store does not allow it with the credentials of the environment"
_CAUSES = {
    "BadScheme": "the store is named by http and not https: allow it with AWS_ALLOW_HTTP=true",
    "ConnectionRefused": "nobody listens at the store's address",
    "dns error": "the store's name is not known",
    "TimedOut": "the store does not answer in time",
    "IncompleteMessage": "the store closed the connection",
    "ConnectionReset": "the store closed the connection",
    "non-unicode": "a name in it is not UTF-8",
}
