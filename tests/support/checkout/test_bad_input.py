"""Whatever is wrong with an ask is named, and nothing happens: no row, no call to Stripe, no echo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import requests

from support.limits import LimitCounter
from tests.support.readers import checkouts, rows

if TYPE_CHECKING:
    from tests.support.conftest import Watched

ASK = {"currency": "EUR", "interval": "month", "amount": "10"}

MISSING = {
    "currency": ({"currency": None}, "currency"),
    "interval and plan": ({"interval": None}, "interval"),
    "amount": ({"amount": None}, "amount"),
    "the other amount": ({"amount": "other"}, "other_amount"),
}

AMOUNTS = {
    "negative": "-10",
    "a plus": "+10",
    "zero": "0",
    "zero with decimals": "0.00",
    "an exponent": "1e3",
    "a large exponent": "1E400",
    "not a number": "NaN",
    "infinite": "Infinity",
    "Arabic-Indic digits": "١٠",
    "Devanagari digits": "१०",
    "full-width digits": "１０",
    "a superscript": "10²",
    "a roman numeral": "Ⅹ",
    "three decimals": "10.001",
    "three decimals, comma": "10,001",
    "thousands": "1,000",
    "thousands and decimals": "1,000.00",
    "two points": "10.0.0",
    "no digits before": ".50",
    "no digits after": "10.",
    "hexadecimal": "0x10",
    "underscores": "1_0",
    "a sign of a currency": "€10",
    "a unit behind": "10 EUR",
    "a space inside": "1 0",
    "a line break": "10\n",
    "a tab": "\t10",
    "a no-break space": "10\u00a0",
    "NUL": "10\x00",
    "only spaces": "   ",
    "a script": "<script>alert(1)</script>",
    "SQL": "1; DROP TABLE checkouts",
    "below the smallest": "1.99",
    "above the largest": "1000.01",
    "far above": "999999999999",
    "beyond every integer": "9" * 90,
    "half a cent": "10.005",
    "a fraction": "1/2",
}

CHOICES = {
    "an unknown campaign": ({"campaign": "no-such-campaign"}, "campaign"),
    "a campaign's name with other letters": ({"campaign": "INDEPENDENT-JOURNALISM"}, "campaign"),
    "an unknown plan": ({"plan": "gold", "interval": None}, "plan"),
    "a plan and another interval": ({"plan": "yearly", "interval": "month"}, "interval"),
    "a plan and another interval, swapped": ({"plan": "once", "interval": "year"}, "interval"),
    "an unknown interval": ({"interval": "week"}, "interval"),
    "an interval with other letters": ({"interval": "MONTH"}, "interval"),
    "an unknown currency": ({"currency": "XXX"}, "currency"),
    "a currency that Stripe takes and we do not": ({"currency": "GBP"}, "currency"),
    "a currency that looks like one": ({"currency": "ЕUR"}, "currency"),
    "a long currency": ({"currency": "EURO"}, "currency"),
    "a language that we do not have": ({"locale": "tlh"}, "locale"),
    "yen with a fraction": ({"currency": "JPY", "amount": "500.50"}, "amount"),
    "yen with a fraction of nothing": ({"currency": "JPY", "amount": "500.00"}, "amount"),
    "yen below the smallest": ({"currency": "JPY", "amount": "299"}, "amount"),
    "another amount out of bounds": ({"amount": "other", "other_amount": "1"}, "other_amount"),
    "a plan's name that is too long": ({"plan": "p" * 101, "interval": None}, "plan"),
}

EMAILS = [
    "nobody",
    "a@b@example.com",
    "a,b@example.com",
    "a@example.com,b@example.com",
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com%0d%0aBcc:b@example.com\n",
    "Name <a@example.com>",
    "a@" + "x" * 320 + ".com",
    "@example.com",
    "a@exam ple.com",
    "a@[127.0.0.1]",
    "a\x00@example.com",
]

ATTEMPTS = ["short", "a" * 21, "a" * 101, "a" * 30 + "!", "ключ" * 8, "a" * 22 + "\n", " " * 22]


def send(service: Watched, body: bytes | str, content_type: str, accept: str = "application/json") -> requests.Response:
    """POST /checkout; whatever happens, no row and no call to Stripe may come of it."""
    before = len(checkouts(service)), len(rows(service, LimitCounter)), len(service.wire.calls)
    answer = requests.post(
        f"{service.url}/checkout",
        data=body.encode() if isinstance(body, str) else body,
        headers={"Content-Type": content_type, "Accept": accept},
        timeout=30,
        allow_redirects=False,
    )
    assert (len(checkouts(service)), len(rows(service, LimitCounter)), len(service.wire.calls)) == before
    assert "Set-Cookie" not in answer.headers
    return answer


def send_form(service: Watched, fields: dict[str, Any]) -> requests.Response:
    encoded = urlencode({name: value for name, value in fields.items() if value is not None})
    return send(service, encoded, "application/x-www-form-urlencoded")


def send_json(service: Watched, fields: dict[str, Any]) -> requests.Response:
    return send(service, json.dumps({name: one for name, one in fields.items() if one is not None}), "application/json")


def assert_names(answer: requests.Response, *fields: str) -> None:
    """422 as problem details that name these fields, each with a sentence."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "code", "errors"}
    assert (problem["status"], problem["code"]) == (422, "invalid_input")
    assert {one["field"] for one in problem["errors"]} == set(fields)
    assert all(one["message"].endswith(".") for one in problem["errors"])


@pytest.mark.parametrize("send_as", [send_form, send_json])
@pytest.mark.parametrize(("change", "named"), [*MISSING.values(), *CHOICES.values()], ids=[*MISSING, *CHOICES])
def test_a_choice_that_is_not_offered(refusing: Watched, change: dict[str, str], named: str, send_as: Any) -> None:
    answer = send_as(refusing, ASK | change)
    assert_names(answer, named)
    given = change.get(named) or "nothing was given"
    assert given in {"month", "year"} or json.dumps(given) not in answer.text


@pytest.mark.parametrize("send_as", [send_form, send_json])
@pytest.mark.parametrize("amount", AMOUNTS.values(), ids=AMOUNTS.keys())
def test_an_amount_that_is_none(refusing: Watched, amount: str, send_as: Any) -> None:
    answer = send_as(refusing, ASK | {"amount": amount})
    assert_names(answer, "amount")
    assert json.dumps(amount) not in answer.text


@pytest.mark.parametrize("email", EMAILS)
def test_an_address_that_is_none_or_several(refusing: Watched, email: str) -> None:
    assert_names(send_json(refusing, ASK | {"email": email}), "email")
    answer = send_form(refusing, ASK | {"email": email})
    assert_names(answer, "email")
    assert "example.com" not in answer.text


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_that_anybody_could_guess(refusing: Watched, attempt: str) -> None:
    assert_names(send_form(refusing, ASK | {"attempt": attempt}), "attempt")


@pytest.mark.parametrize("name", [*ASK, "campaign", "plan", "other_amount", "email", "article", "return_to", "attempt"])
@pytest.mark.parametrize("value", [10, 10.5, True, ["10"], {"a": "b"}, []], ids=repr)
def test_a_field_of_a_wrong_type(refusing: Watched, name: str, value: object) -> None:
    answer = send(refusing, json.dumps(ASK | {name: value}), "application/json")
    assert answer.status_code == 422
    assert name in {one["field"] for one in answer.json()["errors"]}


@pytest.mark.parametrize("name", ASK)
def test_null_is_a_missing_field(refusing: Watched, name: str) -> None:
    assert_names(send(refusing, json.dumps(ASK | {name: None}), "application/json"), name)


@pytest.mark.parametrize("name", [*ASK, "campaign", "email", "article", "return_to", "attempt", "locale"])
def test_a_field_that_comes_twice(refusing: Watched, name: str) -> None:
    form = "&".join([*(f"{key}={value}" for key, value in ASK.items() if key != name), f"{name}=a", f"{name}=b"])
    assert_names(send(refusing, form, "application/x-www-form-urlencoded"), name)
    pairs = [*((key, value) for key, value in ASK.items() if key != name), (name, "a"), (name, "b")]
    text = "{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs) + "}"
    assert_names(send(refusing, text, "application/json"), name)


@pytest.mark.parametrize("name", ["price", "amount_minor", "currency[]", "AMOUNT", "success_url", "__proto__", "csrf"])
def test_a_field_that_there_is_not(refusing: Watched, name: str) -> None:
    assert_names(send_form(refusing, ASK | {name: "1"}), name)
    assert_names(send_json(refusing, ASK | {name: "1"}), name)


def test_every_bad_field_is_named_at_once(refusing: Watched) -> None:
    bad = {"amount": "-1", "email": "nobody", "return_to": "//evil.example", "locale": "tlh"}
    assert_names(send_form(refusing, ASK | bad), *bad)


MALFORMED = {
    "no JSON": ("{", "application/json"),
    "nothing": ("", "application/json"),
    "a list": ("[]", "application/json"),
    "a text": ('"x"', "application/json"),
    "null": ("null", "application/json"),
    "NaN": ('{"amount": NaN}', "application/json"),
    "Infinity": ('{"amount": -Infinity}', "application/json"),
    "not UTF-8": (b'{"amount": "\xff"}', "application/json"),
    "UTF-16": (json.dumps(ASK).encode("utf-16"), "application/json"),
    "deep nesting": ("[" * 100_000, "application/json"),
    "deep objects": ('{"a":' * 50_000, "application/json"),
    "a huge number": ('{"amount": ' + "9" * 5000 + "}", "application/json"),
    "plain text": (json.dumps(ASK), "text/plain"),
    "XML": ("<a/>", "application/xml"),
    "no content type": (json.dumps(ASK), ""),
}


@pytest.mark.parametrize(("body", "content_type"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_that_cannot_be_read(refusing: Watched, body: bytes | str, content_type: str) -> None:
    answer = send(refusing, body, content_type)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "malformed_request"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("a=" + "b" * 300_000, "application/x-www-form-urlencoded"),
        (json.dumps({"amount": "1" * 300_000}), "application/json"),
    ],
)
def test_a_body_that_is_too_large(refusing: Watched, body: str, content_type: str) -> None:
    assert send(refusing, body, content_type).status_code == 413


def test_many_parts_are_refused(refusing: Watched) -> None:
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n1\r\n' for n in range(2000))
    answer = send(refusing, parts + "--x--\r\n", "multipart/form-data; boundary=x")
    assert answer.status_code in {400, 413, 422}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_asks(refusing: Watched, method: str) -> None:
    answer = requests.request(method, f"{refusing.url}/checkout", data=ASK, timeout=10)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
