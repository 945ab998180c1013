import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from simulator.signature import sign

DATA = json.loads(Path(__file__).with_name("signature_vectors.json").read_text())
VECTORS = pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: vector["name"])


@VECTORS
def test_simulator_signs_as_the_public_vectors(vector: dict[str, Any]) -> None:
    fields = [tuple(pair) for pair in DATA[vector["fields"]]]

    assert sign(DATA["token"], vector["url"], fields) == vector["signature"]


@VECTORS
def test_validator_signs_as_the_public_vectors(vector: dict[str, Any]) -> None:
    fields = MultiDict(tuple(pair) for pair in DATA[vector["fields"]])

    assert RequestValidator(DATA["token"]).compute_signature(vector["url"], fields) == vector["signature"]


def test_validator_refuses_a_changed_field() -> None:
    vector = DATA["vectors"][0]
    fields = MultiDict(tuple(pair) for pair in DATA["voice"])
    fields["Digits"] = "1235"

    assert not RequestValidator(DATA["token"]).validate(vector["url"], fields, vector["signature"])


@given(st.lists(st.tuples(st.text(min_size=1), st.text())), st.text())
def test_simulator_and_validator_agree_on_any_fields(fields: list[tuple[str, str]], token: str) -> None:
    url = "http://127.0.0.1:8000/hooks/1/voice/answer?a=1"

    assert RequestValidator(token).validate(url, MultiDict(fields), sign(token, url, fields))
