"""Only a pass that we signed, for this service, this site and this article, and only while it lives."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.services import NEWS
from tests.support.access.jwts import b64, claims_of, encoded, es256, header_of, hs256, parts, private_key
from tests.support.readers import an_api_key, buy

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.conftest import Watched

OTHER = "http://other.localhost:8000"


def access(service: Service, token: str, article: str = "/articles/one") -> requests.Response:
    return requests.get(
        f"{service.url}/api/v1/access",
        {"article": article},
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )


def check(service: Service, token: str) -> requests.Response:
    return requests.post(
        f"{service.url}/api/v1/memberships/check",
        json={"pass": token},
        headers={"Authorization": f"Bearer {an_api_key(service)}"},
        timeout=10,
    )


HEADERS: dict[str, dict[str, Any]] = {
    "no kid": {"kid": None},
    "an unknown kid": {"kid": "unknown"},
    "a kid that is a path": {"kid": "../../../../dev/null"},
    "a kid that is SQL": {"kid": "' UNION SELECT 'x"},
    "a kid that is a list": {"kid": ["a"]},
    "a kid that is empty": {"kid": ""},
    "another algorithm named": {"alg": "ES384"},
    "RSA named": {"alg": "RS256"},
    "no algorithm": {"alg": None},
    "none": {"alg": "none"},
    "another type": {"typ": "at+jwt"},
    "no type": {"typ": None},
    "something critical": {"crit": ["exp"]},
    "something unknown and critical": {"crit": ["x"], "x": 1},
    "a payload that is not encoded": {"b64": False, "crit": ["b64"]},
}

CLAIMS: dict[str, dict[str, Any]] = {
    "ended": {"exp": int(time.time()) - 1},
    "ended long ago": {"exp": 1},
    "no end": {"exp": None},
    "an end in words": {"exp": "9999999999"},
    "an end that is true": {"exp": True},
    "an end that is a fraction": {"exp": 9999999999.5},
    "an end that is a list": {"exp": [9999999999]},
    "no beginning": {"iat": None},
    "made in the future": {"iat": int(time.time()) + 9999},
    "no issuer": {"iss": None},
    "another issuer": {"iss": "https://support.evil.example"},
    "our issuer with a slash": {"iss": "http://localhost/"},
    "no audience": {"aud": None},
    "a foreign audience": {"aud": "https://evil.example"},
    "an audience with a path": {"aud": f"{NEWS}/"},
    "a list of audiences": {"aud": [NEWS]},
    "no subject": {"sub": None},
    "a subject that is a number": {"sub": 1},
    "no reason": {"reason": None},
    "nothing that it opens": {"opens": None},
    "no until": {"until": None},
    "an until that is none": {"until": "tomorrow"},
    "an until without a zone": {"until": "2099-01-01T00:00:00"},
    "no plan": {"plan": None},
}


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def assert_opens_nothing(service: Service, token: str) -> None:
    answer = access(service, token)
    assert answer.status_code == 200
    assert answer.json()["access"] == "denied"
    assert answer.json()["reason"] == "membership_required"
    refused = check(service, token)
    assert refused.status_code == 422, refused.text
    assert [one["field"] for one in refused.json()["errors"]] == ["pass"]


def test_a_genuine_pass_opens(refusing: Watched) -> None:
    token = es256(private_key(refusing), header_of(refusing), claims_of(refusing))
    answer = access(refusing, token).json()
    assert (answer["access"], answer["reason"], answer["plan"]) == ("granted", "member", "monthly")
    assert check(refusing, token).json()["member"] is True


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS.keys())
def test_a_forged_header(refusing: Watched, change: dict[str, Any]) -> None:
    header = without_none(header_of(refusing) | change)
    assert_opens_nothing(refusing, es256(private_key(refusing), header, claims_of(refusing)))


@pytest.mark.parametrize("change", CLAIMS.values(), ids=CLAIMS.keys())
def test_claims_that_are_not_for_us_or_not_for_now(refusing: Watched, change: dict[str, Any]) -> None:
    claims = without_none(claims_of(refusing) | change)
    assert_opens_nothing(refusing, es256(private_key(refusing), header_of(refusing), claims))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"jku": "https://evil.example/jwks.json"},
        {"jku": "file:///dev/null"},
        {"x5u": "https://evil.example/cert.pem"},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"x5c": ["AAAA"]},
    ],
    ids=lambda change: next(iter(change), "plain"),
)
def test_another_key_than_ours(refusing: Watched, change: dict[str, Any]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_numbers()
    if "jwk" in change:
        change = {"jwk": change["jwk"] | {name: b64(getattr(public, name).to_bytes(32, "big")) for name in ("x", "y")}}
    assert_opens_nothing(refusing, es256(key, header_of(refusing) | change, claims_of(refusing)))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "HS256", "HS512"])
def test_no_signature_at_all(refusing: Watched, algorithm: str) -> None:
    header = header_of(refusing) | {"alg": algorithm}
    for signature in ("", b64(b"x" * 64)):
        assert_opens_nothing(refusing, f"{encoded(header)}.{encoded(claims_of(refusing))}.{signature}")


def test_our_public_key_used_as_a_shared_secret(refusing: Watched) -> None:
    public = private_key(refusing).public_key()
    jwks = requests.get(f"{refusing.url}/.well-known/jwks.json", timeout=10)
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        jwks.content,
        b"",
    ]
    for secret in secrets:
        header = header_of(refusing) | {"alg": "HS256"}
        assert_opens_nothing(refusing, hs256(secret, header, claims_of(refusing)))


def test_a_signature_that_was_changed(refusing: Watched) -> None:
    token = es256(private_key(refusing), header_of(refusing), claims_of(refusing))
    head, claims, signature = token.split(".")
    other = encoded(claims_of(refusing) | {"plan": "yearly"})
    forged = [
        f"{head}.{claims}.{signature[:-4]}",
        f"{head}.{claims}.{signature[:43]}",
        f"{head}.{claims}.{b64(bytes(64))}",
        f"{head}.{claims}.{b64(bytes(31) + b'1' + bytes(31) + b'1')}",
        f"{head}.{claims}.{signature}AAAA",
        f"{head}.{claims}.{signature}.{signature}",
        f"{head}.{other}.{signature}",
        f"{head}.{claims}",
        f"{head}..{signature}",
        f".{claims}.{signature}",
        "..",
        "a.b.c",
        "x" * 3999,
        f"{head}.{claims}.{'A' * 3500}",
        f"{encoded([])}.{claims}.{signature}",
        f"{head}.{encoded([])}.{signature}",
    ]
    for one in forged:
        assert_opens_nothing(refusing, one)
    assert access(refusing, token).json()["access"] == "granted"


def test_claims_that_are_no_object(refusing: Watched) -> None:
    for claims in ([], "x", None, 1, [["exp", 9999999999]]):
        assert_opens_nothing(refusing, es256(private_key(refusing), header_of(refusing), claims))


def test_a_very_long_bearer_is_answered(refusing: Watched) -> None:
    answer = access(refusing, "a" * 8000)
    assert answer.status_code in {200, 400, 431}
    assert "granted" not in answer.text


def test_a_pass_whose_time_is_over_by_the_clock_of_access_opens_nothing(refusing: Watched) -> None:
    claims = claims_of(refusing) | {"until": "2020-01-01T00:00:00Z"}
    token = es256(private_key(refusing), header_of(refusing), claims)
    assert access(refusing, token).json()["access"] == "denied"
    assert check(refusing, token).json()["member"] is False


def test_a_pass_for_one_article_opens_no_other(refusing: Watched) -> None:
    claims = claims_of(refusing) | {"opens": f"{NEWS}/articles/one"}
    token = es256(private_key(refusing), header_of(refusing), claims)
    assert access(refusing, token, "/articles/one").json()["access"] == "granted"
    for other in ("/articles/two", "/articles/one/", "/articles/ONE", f"{OTHER}/articles/one", "/articles/one;a"):
        assert access(refusing, token, other).json()["access"] == "denied"
    # What opens one article is no membership.
    assert check(refusing, token).json()["member"] is False


def test_a_pass_for_one_site_opens_nothing_on_another(refusing: Watched) -> None:
    token = es256(private_key(refusing), header_of(refusing), claims_of(refusing) | {"aud": OTHER})
    assert access(refusing, token, "/articles/one").json()["access"] == "denied"
    assert access(refusing, token, f"{OTHER}/articles/one").json()["access"] == "granted"


def test_a_pass_in_the_address_is_no_pass(refusing: Watched) -> None:
    token = es256(private_key(refusing), header_of(refusing), claims_of(refusing))
    for name in ("pass", "access_token", "token"):
        query = {"article": "/articles/one", name: token}
        answer = requests.get(f"{refusing.url}/api/v1/access", query, timeout=10)
        assert answer.status_code == 422
    assert access(refusing, token, f"/articles/one?pass={token}").status_code == 200
    plain = requests.get(f"{refusing.url}/api/v1/access", {"article": f"/articles/one?pass={token}"}, timeout=10)
    assert plain.json()["access"] == "denied"


def test_a_pass_that_we_issue_says_what_the_contract_says(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader)
    token = sqlite_service.access(reader)["pass"]
    header, claims, _ = parts(token)
    jwks = requests.get(f"{sqlite_service.url}/.well-known/jwks.json", timeout=10)

    # As the news site's server verifies it: with the published keys alone.
    verified = jwt.decode(token, KeySet.import_key_set(jwks.json()), algorithms=["ES256"])

    assert verified.claims == claims
    assert header.keys() == {"alg", "typ", "kid"}
    assert claims.keys() == {"iss", "aud", "sub", "reason", "plan", "until", "opens", "iat", "exp"}
    assert (claims["iss"], claims["aud"]) == (sqlite_service.settings.public_url, NEWS)
    assert (claims["reason"], claims["plan"], claims["opens"]) == ("member", "monthly", "members")
    assert claims["exp"] - claims["iat"] == 600
    assert "reader" not in str(claims)


def test_the_subject_differs_from_site_to_site(sqlite_service: Service) -> None:
    reader = sqlite_service.browser()
    buy(sqlite_service, reader)
    here = parts(sqlite_service.access(reader, "/articles/one")["pass"])[1]["sub"]
    again = parts(sqlite_service.access(reader, "/articles/two")["pass"])[1]["sub"]
    there = parts(sqlite_service.access(reader, f"{OTHER}/a", Origin=OTHER)["pass"])[1]["sub"]
    assert here == again != there
