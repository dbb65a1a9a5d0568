"""Pictures at addresses of the web, and nothing that only this machine or its network can reach.

A list of addresses is made by others. Every name is looked up here, what it stands for is checked,
and the connection goes to that very address, so that a name cannot stand for another one a moment
later; each redirect is looked at in the same way. Proxies of the environment are not used: behind
one nothing could be checked.
"""

from __future__ import annotations

import email.utils
import errno
import http.client
import ipaddress
import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from copyfind.remote.rows import Listed
from copyfind.version import VERSION

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SCHEMES = {"http": 80, "https": 443}
_REDIRECTS = 5
_CONNECT, _SILENCE, _IN_ALL = 10.0, 30.0, 300.0  # seconds; the last for one object
_TRIES = 3
_BUSY = frozenset({429, 500, 502, 503, 504})
_AS_IT_IS = "/?%:@!$&'()*+,;=~-._[]"
_PIECE = 1 << 20
# Parameters of a query that give access, of S3, Google, Azure, CloudFront and others.
_SECRET = re.compile(
    r"x-(amz|goog)-.*|awsaccesskeyid|googleaccessid|signature|expires|key-pair-id|policy"
    r"|sig|se|sp|sv|sr|st|spr|skoid|sktid|skt|ske|sks|skv|(access_?)?token|api_?key|key|password",
    re.IGNORECASE,
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(OSError):
    """An address that is not asked for anything."""


def is_web(address: str) -> bool:
    """Whether it is one of http or https."""
    return address.partition("://")[0].lower() in _SCHEMES


def without_secrets(address: str) -> str:
    """The address as it may be remembered: without what gives access to it."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if any(_SECRET.fullmatch(name) for name, _ in pairs):
        query = urlencode([(name, value) for name, value in pairs if not _SECRET.fullmatch(name)])
    else:
        query = parts.query  # to the byte: it may matter how it is written
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def is_public(address: Address) -> bool:
    """Whether an address is one of the world's, and not of a machine, a network or a cloud's own
    services."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def resolved(host: str, port: int) -> list[str]:
    """What a name stands for, as addresses in numbers. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True, slots=True)
class Web:
    """Gets objects from the web. allowed: which addresses are asked; resolve: what tells them;
    context: whose certificates are trusted, those of the system by default."""

    allowed: Callable[[Address], bool] = is_public
    resolve: Callable[[str, int], list[str]] = resolved
    context: ssl.SSLContext | None = None
    pause: float = 1.0  # seconds before a second try, more before a third

    def get(self, address: str) -> tuple[Listed, Iterator[bytes]]:
        """An object and its bytes, in pieces. Raises FileNotFoundError, PermissionError, Refused
        and OSError, with one line that does not repeat the address."""
        until = time.monotonic() + _IN_ALL
        for tried in range(1, _TRIES + 1):
            try:
                answer, connection = self._followed(address, until)
            except (http.client.HTTPException, ssl.SSLError, UnicodeError) as error:
                raise OSError(errno.EIO, _in_short(error)) from None
            except Refused:
                raise
            except socket.gaierror:
                raise OSError(errno.EIO, "its server's name is not known") from None
            except OSError as error:
                if tried == _TRIES:
                    raise OSError(errno.EIO, _in_short(error)) from None
            else:
                if answer.status == http.client.OK:
                    return _listed(address, answer), _body(answer, connection, until)
                connection.close()
                if answer.status not in _BUSY or tried == _TRIES:
                    raise _failure(answer.status)
            time.sleep(self.pause * (2 * tried - 1) * random.uniform(0.5, 1.0))
        raise AssertionError("unreachable")

    def _followed(
        self, address: str, until: float
    ) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
        for _ in range(_REDIRECTS + 1):
            connection, path = self._connected(address)
            try:
                connection.putrequest("GET", path, skip_accept_encoding=True)
                connection.putheader("User-Agent", f"copyfind/{VERSION}")
                connection.putheader("Accept-Encoding", "identity")
                connection.endheaders()
                answer = connection.getresponse()
            except BaseException:
                connection.close()
                raise
            to = answer.getheader("Location")
            if answer.status not in (301, 302, 303, 307, 308) or to is None:
                return answer, connection
            connection.close()
            following = urljoin(address, to)
            if address.startswith("https:") and not following.startswith("https:"):
                raise Refused(errno.EACCES, "it leads from https to what is none")
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "it takes too long")
            address = following
        raise Refused(errno.ELOOP, f"it leads on more than {_REDIRECTS} times")

    def _connected(self, address: str) -> tuple[http.client.HTTPConnection, str]:
        """A connection to what has been checked, and what is to be asked for there."""
        try:
            parts = urlsplit(address)
            port = parts.port or _SCHEMES.get(parts.scheme, 0)
        except ValueError:
            raise Refused(errno.EINVAL, "no address of http or https") from None
        if parts.scheme not in _SCHEMES or not parts.hostname or not port:
            raise Refused(errno.EINVAL, "no address of http or https")
        if parts.username is not None or parts.password is not None:
            raise Refused(errno.EINVAL, "an address with a password is not asked for")
        sock = self._reached(parts.hostname, port)
        sock.settimeout(_SILENCE)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(parts.hostname, port)
            try:
                context = self.context or ssl.create_default_context()
                connection.sock = context.wrap_socket(sock, server_hostname=parts.hostname)
            except BaseException:
                sock.close()
                raise
        else:
            connection = http.client.HTTPConnection(parts.hostname, port)
            connection.sock = sock
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        return connection, path + (
            "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._") if parts.query else ""
        )

    def _reached(self, host: str, port: int) -> socket.socket:
        found = [ipaddress.ip_address(one.partition("%")[0]) for one in self.resolve(host, port)]
        if not found or not all(self.allowed(one) for one in found):
            raise Refused(errno.EACCES, "it is of a private network, or of this machine")
        failed: OSError | None = None
        for one in found:
            try:
                return socket.create_connection((str(one), port), timeout=_CONNECT)
            except OSError as error:
                failed = error
        raise failed or OSError(errno.EIO, "nobody answers")


def _body(
    answer: http.client.HTTPResponse, connection: http.client.HTTPConnection, until: float
) -> Iterator[bytes]:
    told = answer.length
    size = 0
    try:
        while piece := answer.read1(_PIECE):
            size += len(piece)
            yield piece
            if time.monotonic() > until:
                raise OSError(errno.ETIMEDOUT, f"it takes longer than {_IN_ALL:g} s")
    except (http.client.HTTPException, ssl.SSLError, TimeoutError, ConnectionError) as error:
        raise OSError(errno.EIO, _in_short(error)) from None
    finally:
        connection.close()
    if told is not None and size != told:
        raise OSError(errno.EIO, "the server broke off")


def _listed(address: str, answer: http.client.HTTPResponse) -> Listed:
    moment = answer.getheader("Last-Modified")
    seconds = 0
    if moment:
        try:
            seconds = max(int(email.utils.parsedate_to_datetime(moment).timestamp()), 0)
        except (ValueError, OverflowError):
            seconds = 0
    return Listed(
        without_secrets(address), answer.length, answer.getheader("ETag"), seconds * 1_000_000_000
    )


def _failure(status: int) -> OSError:
    if status in (404, 410):
        return FileNotFoundError(errno.ENOENT, f"the server answers {status}")
    if status in (401, 403, 451):
        return PermissionError(errno.EACCES, f"the server answers {status}")
    return OSError(errno.EIO, f"the server answers {status}")


def _in_short(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not valid"
    if isinstance(error, TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, ConnectionError):
        return "the server refuses or breaks off the connection"
    return f"the server is not understood ({type(error).__name__})"


WEB = Web()
