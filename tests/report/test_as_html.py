"""The HTML report as text: self-contained, and nothing a name says gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from copyfind.records import Cluster, Evidence, Findings, Member, Role, Tier
from copyfind.report.as_html import CHUNK, findings_as_html
from tests.making import made_content, made_file, made_findings

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
ATTACKS = [
    b"</script><script>alert(1)</script>.jpg",
    b"\"'><img src=x onerror=alert(1)>.jpg",
    b"<!--<script>.jpg",
    "exe.\u202egpj.jpg".encode(),
    b"two\nlines\r\x1b[31m.jpg",
    b"\xff\xfe not utf-8 \xc0.jpg",
    b"{{ 7 * 7 }}{% raw %}.jpg",
    "]]>\u2028&amp;&#60;.jpg".encode(),
    b"javascript:alert(1)",
]


def jpeg(seed: int = 0, side: int = 400) -> bytes:
    """A small JPEG full of grain, as heavy as they get."""
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(out, "JPEG", quality=60)
    return out.getvalue()


def page(findings: Findings, **options: object) -> str:
    return findings_as_html(findings, thumbnail=lambda _: None, version="1.2.3", now=NOW, **options)  # type: ignore[arg-type]


def named(*names: bytes) -> Findings:
    """One cluster of identical files with these names."""
    files = [
        replace(made_file("x", inode=n + 1), path=b"/photos/" + name)
        for n, name in enumerate(names)
    ]
    content = made_content(1, *files)
    tie = Evidence(files[0].path, Tier.IDENTICAL, 1.0)
    members = (
        Member(files[0], content, Role.KEEPER, "first"),
        *(Member(file, content, Role.REDUNDANT, None, tie) for file in files[1:]),
    )
    cluster = Cluster("c-0", Tier.IDENTICAL, members, 1000 * (len(files) - 1))
    return replace(made_findings(), clusters=(cluster,))


def many(count: int) -> Findings:
    """Clusters of two contents each."""
    clusters = []
    for number in range(count):
        one, two = (
            made_file(f"/photos/{number // 100}/{number} {n}.jpg", inode=2 * number + n + 1)
            for n in (0, 1)
        )
        tie = Evidence(one.path, Tier.EDITED, 0.9, ("cropped",), (0.8, 1.0))
        clusters.append(
            Cluster(
                f"c-{number:016x}",
                Tier.EDITED if number % 2 else Tier.NEAR,
                (
                    Member(one, made_content(2 * number + 1, one), Role.KEEPER, "most pixels"),
                    Member(two, made_content(2 * number + 2, two), Role.REDUNDANT, None, tie),
                ),
                1000 + number,
            )
        )
    return replace(made_findings(), clusters=tuple(clusters), files=2 * count)


class Elements(HTMLParser):
    """What a browser would see: elements with attributes, and the text in scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is not None:
            self.scripts[-1] += data


def blocks(text: str) -> list[object]:
    """The JSON in a page."""
    return [
        json.loads(s)
        for s in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text)
    ]


def test_the_page_asks_nobody_for_anything() -> None:
    elements = Elements(page(made_findings())).tags

    assert not [a for _, a in elements for name in ("src", "srcset", "data") if name in a]
    assert {tag for tag, _ in elements}.isdisjoint({"link", "iframe", "object", "embed", "base"})


def test_only_its_own_script_and_style_may_run() -> None:
    text = page(made_findings())
    policy = next(
        str(a["content"]) for tag, a in Elements(text).tags if "http-equiv" in a and tag == "meta"
    )
    inline = [
        *re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
        *re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
    ]

    hashes = [
        "sha256-" + base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in inline
    ]
    assert len(hashes) == 2
    assert all(f"'{value}'" in policy for value in hashes)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_names_add_nothing_to_the_page() -> None:
    harmless = Elements(page(named(*[b"a.jpg"] * len(ATTACKS)))).tags
    attacked = Elements(page(named(*ATTACKS))).tags

    assert [tag for tag, _ in attacked] == [tag for tag, _ in harmless]
    assert [set(a) for _, a in attacked] == [set(a) for _, a in harmless]


@pytest.mark.parametrize("name", ATTACKS)
def test_links_are_to_files_alone(name: bytes) -> None:
    links = [
        str(a["href"]) for tag, a in Elements(page(named(name, b"other.jpg"))).tags if tag == "a"
    ]

    assert len(links) == 2
    assert all(link.startswith("file:///photos/") for link in links)


def test_text_that_turns_around_or_breaks_lines_is_shown_escaped() -> None:
    text = page(named(*ATTACKS))

    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\u2028" not in text


def test_the_data_is_whole() -> None:
    (data,) = blocks(page(many(3)))[:1]

    assert isinstance(data, dict)
    assert [len(cluster["members"]) for cluster in data["clusters"]] == [2, 2, 2]
    assert data["clusters"][0]["members"][1]["why"] == ("cropped; shows 80% of the other picture")


def test_each_picture_is_there_once_in_blocks() -> None:
    found = findings_as_html(
        many(2 * CHUNK), thumbnail=lambda _: jpeg(side=16), version="1.2.3", now=NOW
    )

    _, *chunks = blocks(found)
    assert [len(chunk) for chunk in chunks if isinstance(chunk, list)] == [CHUNK] * 4


def test_a_copy_of_the_same_bytes_shares_its_picture() -> None:
    found = findings_as_html(
        named(b"a.jpg", b"b.jpg"), thumbnail=lambda _: jpeg(side=16), version="1.2.3", now=NOW
    )

    assert len(blocks(found)[1]) == 1  # type: ignore[arg-type]


def test_pictures_are_made_smaller_where_there_are_many() -> None:
    whole = findings_as_html(many(20), thumbnail=lambda _: jpeg(), version="1.2.3", now=NOW)
    budget = 20 * len(jpeg())

    small = findings_as_html(
        many(20), thumbnail=lambda _: jpeg(), version="1.2.3", now=NOW, budget=budget
    )

    assert len(small) < len(whole) / 2
    assert len(small) < 1.6 * budget  # base64, and what is said


def test_without_scripts_there_is_a_table() -> None:
    text = page(many(150))

    plain = text[text.index("<noscript>") : text.index("</noscript>")]
    assert plain.count("<table>") == 100
    assert "the first 100 of 150 clusters" in plain


def test_no_copies_make_a_page_that_says_so() -> None:
    assert "No copies among 7 photos" in page(replace(made_findings(), clusters=()))


def test_the_same_findings_give_the_same_page() -> None:
    assert page(made_findings()) == page(made_findings())
