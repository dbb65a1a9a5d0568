"""A Google Takeout beside a library: it is said which of the two would be kept, once."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

from copyfind.cli.takeout_advice import kept_instead
from copyfind.records import Cluster, Findings, Tier
from tests.cli.conftest import Collection, Run
from tests.grouping.making import keeper, made_cluster, tied
from tests.making import made_findings


def kept(path: str, copy: str, reason: str = "together with 1.jpg.json") -> Cluster:
    cluster = made_cluster(keeper(path, 1), tied(copy, 1, path, Tier.IDENTICAL))
    head = replace(cluster.keeper, reason=reason)
    return replace(cluster, members=(head, *cluster.members[1:]))


def findings(*clusters: Cluster) -> Findings:
    return replace(made_findings(), clusters=clusters)


def test_the_folder_that_would_be_cleared_is_what_to_keep() -> None:
    advice = kept_instead(
        findings(
            kept("/takeout/a/1.jpg", "/library/2019/1.jpg"),
            kept("/takeout/a/2.jpg", "/library/2020/2.jpg"),
        )
    )

    assert str(advice) == (
        "2 pictures of a Google Takeout would be kept instead of the copy in /library, because "
        "Google's metadata (JSON) lies beside them; to keep your own: --reference /library"
    )


def test_where_one_folder_is_around_both_the_one_with_most_is_named() -> None:
    advice = kept_instead(
        findings(
            kept("/photos/takeout/1.jpg", "/photos/2019/1.jpg"),
            kept("/photos/takeout/2.jpg", "/photos/2019/2.jpg"),
            kept("/photos/takeout/3.jpg", "/photos/2020/3.jpg"),
        )
    )

    assert advice is not None
    assert advice.folder == b"/photos/2019"


def test_a_picture_with_several_copies_counts_once_and_the_library_is_what_was_indexed() -> None:
    reason = "together with 1.jpg.json"
    cluster = kept("/home/Takeout/1.jpg", "/home/My Photos/2019/1.jpg", reason)
    others = (
        tied("/home/My Photos/2020/1.jpg", 1, "/home/Takeout/1.jpg", Tier.IDENTICAL),
        tied("/home/Backup/1.jpg", 1, "/home/Takeout/1.jpg", Tier.IDENTICAL),
    )
    roots = (b"/home/Backup", b"/home/My Photos", b"/home/Takeout")
    found = replace(findings(replace(cluster, members=cluster.members + others)), roots=roots)

    advice = str(kept_instead(found))

    assert advice.startswith("1 picture of a Google Takeout would be kept instead of the copy in ")
    assert advice.endswith("to keep your own: --reference '/home/My Photos'")


def test_else_there_is_no_advice() -> None:
    assert kept_instead(findings()) is None
    assert kept_instead(findings(kept("/a/1.jpg", "/b/1.jpg", "together with 1.xmp"))) is None
    assert kept_instead(findings(kept("/takeout/1.jpg", "/takeout/1(1).jpg"))) is None


def test_it_is_said_once_and_followed(run: Run, album: Collection) -> None:
    album.add("takeout/coffee.png")
    album.at("takeout/coffee.png.supplemental-metadata.json").write_text(
        json.dumps({"title": "coffee.png", "photoTakenTime": {"timestamp": "1563796800"}})
    )
    album.at("library").mkdir()
    shutil.copy(album.at("takeout/coffee.png"), album.at("library/coffee.png"))
    run("index", album.folder)

    told = run("dupes")
    followed = run("dupes", "--reference", album.at("library"))

    assert told.err.count("of a Google Takeout would be kept") == 1
    assert f"--reference {album.at('library')}" in told.err
    assert "Takeout" not in followed.err
    assert "Takeout" not in run("folders").err  # nothing is kept or goes there
