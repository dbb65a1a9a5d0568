"""The client of the web asks nobody whom only this machine can reach, however it is led there."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from copyfind.remote.web import Refused, Web, is_public, is_web, without_secrets
from tests.remote.serving import LOOPBACK, Served, here, serving


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # what clouds tell their machines' credentials at
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a9fe:a9fe", False),  # 169.254.169.254 behind NAT64
        ("2002:7f00:1::", False),  # 127.0.0.1 in 6to4
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:  # noqa: FBT001
    assert is_public(ipaddress.ip_address(address)) is public


def test_an_object_is_got_with_what_is_told_of_it() -> None:
    with serving(Served({"/a.jpg": b"bytes"})) as address:
        listed, pieces = here().get(f"{address}/a.jpg")

        assert b"".join(pieces) == b"bytes"
    assert (listed.size, listed.etag) == (5, '"5"')
    moment = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
    assert listed.modified_ns == int(moment.timestamp()) * 10**9


def test_nobody_is_asked_who_is_not_public() -> None:
    served = Served({"/a.jpg": b"bytes"})
    with serving(served) as address:
        with pytest.raises(Refused, match="private network"):
            Web().get(f"{address}/a.jpg")
        with pytest.raises(Refused, match="private network"):
            Web(resolve=lambda *_: ["8.8.8.8", LOOPBACK]).get(address)

    assert served.asked == []


def test_a_redirect_to_a_private_address_is_not_followed() -> None:
    inner = Served({"/secret": b"secret"})
    with serving(inner) as private:
        port = int(private.rpartition(":")[2])
        outer = Served({"/a.jpg": f"http://inner.test:{port}/secret"})
        with serving(outer) as public:
            web = Web(
                allowed=lambda address: str(address) == LOOPBACK,
                resolve=lambda host, _: ["10.0.0.1"] if host == "inner.test" else [LOOPBACK],
            )
            with pytest.raises(Refused, match="private network"):
                web.get(f"{public}/a.jpg")

    assert inner.asked == []
    assert outer.asked == ["/a.jpg"]


def test_a_name_that_stands_for_another_address_a_moment_later_is_asked_for_once() -> None:
    answers = [[LOOPBACK], ["10.0.0.1"]]
    served = Served({"/a.jpg": b"bytes"})
    with serving(served) as address:
        web = replace(here(), resolve=lambda *_: answers.pop(0))
        port = address.rpartition(":")[2]
        _, pieces = web.get(f"http://pictures.test:{port}/a.jpg")

        assert b"".join(pieces) == b"bytes"
    assert answers == [["10.0.0.1"]]
    assert served.hosts == [f"pictures.test:{port}"]


def test_redirects_are_followed_some_times_and_not_for_ever() -> None:
    served = Served({"/a": "/b", "/b": "/c", "/c": b"there", "/round": "/round"})
    with serving(served) as address:
        _, pieces = here().get(f"{address}/a")
        assert b"".join(pieces) == b"there"
        with pytest.raises(Refused, match="leads on"):
            here().get(f"{address}/round")


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://example.org/x", "http://user:pass@example.org/", "gopher:x"]
)
def test_only_the_web_is_asked(to: str) -> None:
    with serving(Served({"/a": to})) as address, pytest.raises(Refused):
        here().get(f"{address}/a")
    with pytest.raises(Refused):
        here().get(to)


def test_failures_are_told_by_kind_and_a_busy_server_is_asked_again() -> None:
    served = Served({"/no": 403, "/busy": [503, 503, b"late"], "/dead": 500, "/odd": 418})
    with serving(served) as address:
        with pytest.raises(FileNotFoundError, match="404"):
            here().get(f"{address}/gone")
        with pytest.raises(PermissionError, match="403"):
            here().get(f"{address}/no")
        with pytest.raises(OSError, match="418"):
            here().get(f"{address}/odd")
        _, pieces = here().get(f"{address}/busy")
        assert b"".join(pieces) == b"late"
        with pytest.raises(OSError, match="500"):
            here().get(f"{address}/dead")
    with pytest.raises(OSError, match="refuses or breaks off"):
        here().get(f"{address}/gone")
    assert served.asked.count("/dead") == 3


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    served = Served({"/a": b"bytes"})
    with serving(served, context=context) as address, pytest.raises(OSError, match="certificate"):
        here().get(f"{address}/a")
    assert served.asked == []


def test_https_is_of_the_name_that_was_asked_for_and_leads_to_https_alone(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    both = _self_signed(tmp_path)
    context.load_cert_chain(both)
    trusting = ssl.create_default_context(cafile=both)
    web = replace(here(), resolve=lambda *_: [LOOPBACK], context=trusting)
    served = Served({"/a": b"bytes", "/down": "http://pictures.test/a"})
    with serving(served, context=context) as address:
        port = address.rpartition(":")[2]
        _, pieces = web.get(f"https://pictures.test:{port}/a")
        assert b"".join(pieces) == b"bytes"
        with pytest.raises(OSError, match="certificate"):
            web.get(f"https://other.test:{port}/a")
        with pytest.raises(Refused, match="from https"):
            web.get(f"https://pictures.test:{port}/down")
    assert served.asked == ["/a", "/down"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://h/a b.jpg?w=1&h=%20", "https://h/a b.jpg?w=1&h=%20"),
        ("https://user:pass@h/a.jpg", "https://h/a.jpg"),
        ("https://h/a?X-Amz-Signature=s&X-Amz-Credential=c&w=1", "https://h/a?w=1"),
        ("https://h/a?sv=1&sig=s", "https://h/a"),
        ("https://h/a?AWSAccessKeyId=k&Signature=s&Expires=1", "https://h/a"),
        ("https://h/a?token=t#part", "https://h/a"),
    ],
)
def test_what_gives_access_is_not_remembered(address: str, kept: str) -> None:
    assert without_secrets(address) == kept


def test_addresses_of_the_web_are_told_from_others() -> None:
    assert is_web("https://host/x")
    assert is_web("HTTP://host/x")
    assert not is_web("s3://host/x")
    assert not is_web("/http/x")


def _self_signed(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, LOOPBACK)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    both = folder / "both.pem"
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return both
