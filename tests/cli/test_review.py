"""copyfind review: the address it prints, who may reach it, and how it ends."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import sys
import urllib.error
import urllib.request

import pytest

from tests.cli.conftest import Collection, Run, page_at, serving, serving_at_a_terminal


@pytest.fixture
def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
    return port


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_another_address_has_to_be_confirmed(run: Run, collection: Collection, host: str) -> None:
    del collection

    ran = run("review", "--host", host)

    assert (ran.code, ran.out) == (1, "")
    assert "other machines could see your photos" in ran.err
    assert "--let-others-in" in ran.err


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_every_address_at_once_is_never_meant(run: Run, host: str) -> None:
    ran = run("review", "--host", host, "--let-others-in")

    assert ran.code == 1
    assert "name the one that is meant" in ran.err
    assert "--address NAME:PORT" in ran.err


def test_behind_a_published_port_it_answers_to_its_name_there_alone(
    collection: Collection, free_port: int
) -> None:
    published = f"photos.nas:{free_port}"
    words = ("review", "--no-browser", collection.at("copies"), "--host", "0.0.0.0")
    more = ("--port", str(free_port), "--address", published, "--let-others-in")
    with serving(*words, *more) as (_, address):
        token = address.partition("?")[2]

        def asked_as(host: str) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", free_port, timeout=200)
            connection.request("GET", f"/?{token}", headers={"Host": host})
            status = connection.getresponse().status
            connection.close()
            return status

        assert address.startswith(f"http://{published}/?token=")
        assert asked_as(published) == 303
        assert asked_as(f"127.0.0.1:{free_port}") == 421


def test_a_name_is_no_address(run: Run) -> None:
    ran = run("review", "--host", "localhost")

    assert ran.code == 1
    assert "write it in numbers" in ran.err


def test_without_a_catalog_the_error_says_how_to_make_one(run: Run) -> None:
    ran = run("review", "--no-browser")

    assert (ran.code, ran.out) == (1, "")
    assert "make one with: copyfind index FOLDER" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_at_a_terminal_the_page_is_where_one_may_begin(run: Run, album: Collection) -> None:
    with serving_at_a_terminal("review", "--no-browser") as (process, address):
        assert b"<title>copyfind review</title>" in page_at(address)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=200)
    assert album.catalog.exists()
    assert process.returncode == 0

    ran = run("review", "--no-browser")  # in a script

    assert ran.code == 0
    assert "no copies among 0 files: nothing to review" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_catalog_that_is_named_is_not_made_anew(album: Collection) -> None:
    words = ("review", "--no-browser", "--catalog", album.at("mistyped.sqlite"))
    with serving_at_a_terminal(*words) as (process, said):
        assert process.wait(timeout=200) == 1
    assert said == ""
    assert not album.at("mistyped.sqlite").exists()


def test_a_server_of_a_page_goes_on_without_copies(
    run: Run, album: Collection, free_port: int
) -> None:
    album.add("a.png")
    run("index", album.folder)
    with serving("review", "--no-browser", "--port", str(free_port)) as (_, address):
        assert b"<title>copyfind review</title>" in page_at(address)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent in another way there")
def test_it_serves_until_ctrl_c(run: Run, collection: Collection) -> None:
    name = json.loads(run("dupes", collection.at("copies"), "--format", "json").out)["clusters"][0]
    words = "review", "--no-browser", collection.at("copies"), name["id"][:8]
    with serving(*words) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert address.endswith(f"#{name['id']}")
        assert b"<title>copyfind review</title>" in page_at(address)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address.partition("?")[0], timeout=200)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=200)

    assert process.returncode == 0
    assert "Ctrl-C ends the review" in told
    assert "Traceback" not in told
