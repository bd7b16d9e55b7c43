"""The webhook behind the server that `make serve` runs: what is odd on the wire is refused, never a 5xx."""

from __future__ import annotations

import gzip
import socket
from typing import TYPE_CHECKING

import psycopg
import pytest
import requests

from tests.drills.processes import web_program
from tests.webhooks.events import a_body, header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import PostgresDatabases

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server(postgres_databases: PostgresDatabases) -> Iterator[tuple[str, str]]:
    """Address and database of the production server."""
    database_url = postgres_databases.new()
    program, url = web_program(DATABASE_URL=database_url)
    with program:
        yield url, database_url
    assert not [line for line in program.said if "unexpected error" in line]
    postgres_databases.drop(database_url)


@pytest.fixture
def url(server: tuple[str, str]) -> Iterator[str]:
    """The webhook's address; its inbox must be empty again when the test ends."""
    address, database_url = server
    yield f"{address}/webhooks/stripe"
    with psycopg.connect(database_url) as connection:
        kept = connection.execute("SELECT count(*) FROM stripe_events").fetchone()
    assert kept == (0,)


def by_hand(url: str, head: str, body: bytes = b"") -> int:
    """The status of a request written byte by byte; 0 if the server just hangs up."""
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        try:
            line.sendall(f"POST /webhooks/stripe HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + body)
            answer = line.recv(100)
        except ConnectionError:
            return 0
    return int(answer.split(b" ")[1]) if answer else 0


def test_five_megabytes_are_too_large(url: str) -> None:
    body = a_body(padding="x" * 5 * MEGABYTE)

    assert requests.post(url, body, headers={"Stripe-Signature": header(body)}, timeout=30).status_code == 413


def test_five_megabytes_in_chunks_are_too_large(url: str) -> None:
    body = a_body(padding="x" * 5 * MEGABYTE)
    chunks = (body[start : start + 65_536] for start in range(0, len(body), 65_536))

    answer = requests.post(url, chunks, headers={"Stripe-Signature": header(body)}, timeout=30)

    assert answer.status_code in {400, 413}


def test_an_unsigned_body_in_chunks_is_refused(url: str) -> None:
    assert requests.post(url, iter([b"{", b"}"]), timeout=30).status_code == 400


def test_gzip_is_refused(url: str) -> None:
    body = a_body()
    headers = {"Stripe-Signature": header(body), "Content-Encoding": "gzip"}

    assert requests.post(url, gzip.compress(body), headers=headers, timeout=30).status_code == 400


def test_a_hundred_thousand_signatures_never_reach_us(url: str) -> None:
    status = by_hand(url, "Content-Length: 2\r\nStripe-Signature: t=1" + f",v1={'0' * 64}" * 100_000, b"{}")

    assert status in {0, 400, 413, 431}


@pytest.mark.parametrize("length", ["-1", "two", "2, 3", "99999999999999999999", ""])
def test_an_odd_length_is_refused(url: str, length: str) -> None:
    assert by_hand(url, f"Content-Length: {length}", b"{}") in {0, 400, 413}


def test_a_length_and_chunks_at_once_are_one_request(url: str) -> None:
    head = "Content-Length: 4\r\nTransfer-Encoding: chunked"

    assert by_hand(url, head, b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") in {0, 400}


def test_a_broken_chunk_is_refused(url: str) -> None:
    assert by_hand(url, "Transfer-Encoding: chunked", b"zz\r\n{}\r\n") in {0, 400}


def test_bytes_that_are_no_text_are_refused(url: str) -> None:
    body = b"\xff\xfe" * 10

    assert requests.post(url, body, headers={"Stripe-Signature": header(body)}, timeout=30).status_code == 400
