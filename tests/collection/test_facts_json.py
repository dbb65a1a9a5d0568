"""Facts come back from the JSON in which they are kept, and what many share is in memory once."""

from __future__ import annotations

import json

from copyfind.collection.facts_json import facts_as_json, facts_of_json
from copyfind.records import Facts


def test_facts_come_back_as_they_were() -> None:
    plain = Facts(width=640, height=480, format="JPEG", camera="Canon PowerShot", rating=4)

    assert facts_of_json(facts_as_json(plain)) == plain


def test_what_is_no_longer_asked_for_is_left_out() -> None:
    stored = json.loads(facts_as_json(Facts(width=640, height=480, format="JPEG"))) | {
        "shoe size": 43
    }

    assert facts_of_json(json.dumps(stored)) == Facts(width=640, height=480, format="JPEG")


def test_two_of_one_camera_share_its_name() -> None:
    stored = facts_as_json(Facts(width=640, height=480, format="JPEG", camera="Canon PowerShot"))

    assert facts_of_json(stored).camera is facts_of_json(stored).camera
