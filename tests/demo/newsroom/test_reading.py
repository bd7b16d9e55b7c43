"""How a supporter's browser comes to read, without JavaScript: by links, redirects and this site's own cookies."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from demo.newsroom import create_newsroom
from demo.newsroom.config import Config
from tests.demo.newsroom.running import MEMBERS, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.demo.newsroom.running import Newsroom


def get(
    newsroom: Newsroom, browser: requests.Session, path: str = MEMBERS, *, follows: bool = True
) -> requests.Response:
    return browser.get(newsroom.url + path, timeout=10, allow_redirects=follows)


def test_it_works(newsroom: Newsroom) -> None:
    reader = requests.Session()
    assert not newsroom.is_open(get(newsroom, reader))
    supporter = newsroom.supporter()
    answer = get(newsroom, supporter, f"{MEMBERS}?supported=1")
    assert newsroom.is_open(answer)
    assert answer.url == newsroom.url + MEMBERS


def test_the_gate_leads_a_supporter_through(newsroom: Newsroom) -> None:
    supporter = newsroom.supporter()
    gate = get(newsroom, supporter)
    assert 'href="/enter/city-budget"' in gate.text
    assert newsroom.is_open(get(newsroom, supporter, "/enter/city-budget"))
    assert newsroom.is_open(get(newsroom, supporter, OTHER))


def test_what_the_reader_holds_is_out_of_reach_of_scripts(newsroom: Newsroom) -> None:
    supporter = newsroom.reading_supporter()
    mine = {one.name: one for one in supporter.cookies if one.name in {"support_pass", "support_renewal"}}
    assert mine.keys() == {"support_pass", "support_renewal"}
    assert all(one.has_nonstandard_attr("HttpOnly") for one in mine.values())
    assert "newsroom_verifier" not in supporter.cookies.get_dict()


def test_a_reader_who_gave_nothing_is_told_so_and_not_sent_in_circles(newsroom: Newsroom) -> None:
    answer = get(newsroom, requests.Session(), f"{MEMBERS}?supported=1")
    assert not newsroom.is_open(answer)
    assert "We found nothing in this browser that opens this article." in answer.text
    assert 'href="/enter/city-budget"' in answer.text


def test_the_way_to_the_service_carries_a_challenge_and_this_articles_own_address(newsroom: Newsroom) -> None:
    answer = get(newsroom, requests.Session(), "/enter/city-budget", follows=False)
    target = urlsplit(answer.headers["Location"])
    query = parse_qs(target.query)
    assert answer.status_code == 303
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{newsroom.service.url}/pass"
    assert query["return_to"] == [newsroom.url + MEMBERS]
    assert len(query["code_challenge"][0]) == 43
    verifier = answer.headers["Set-Cookie"]
    assert verifier.startswith("newsroom_verifier=")
    assert "HttpOnly" in verifier
    assert "SameSite=Lax" in verifier


@pytest.mark.parametrize("slug", ["river-water", "no-such-article", "..%2F..", "https:%2F%2Felsewhere.example"])
def test_no_other_address_is_entered(newsroom: Newsroom, slug: str) -> None:
    assert get(newsroom, requests.Session(), f"/enter/{slug}", follows=False).status_code == 404


def test_a_code_is_worth_nothing_in_another_browser(newsroom: Newsroom) -> None:
    supporter = newsroom.supporter()
    to_service = get(newsroom, supporter, "/enter/city-budget", follows=False).headers["Location"]
    back = supporter.get(to_service, timeout=10, allow_redirects=False).headers["Location"]
    thief = requests.Session()
    get(newsroom, thief, "/enter/city-budget", follows=False)
    stolen = thief.get(back, timeout=10)
    assert not newsroom.is_open(stolen)
    assert "Please continue once more." in stolen.text
    assert "support_pass" not in thief.cookies.get_dict()


def test_a_code_works_once(newsroom: Newsroom) -> None:
    supporter = newsroom.supporter()
    to_service = get(newsroom, supporter, "/enter/city-budget", follows=False).headers["Location"]
    verifier = supporter.cookies["newsroom_verifier"]
    back = supporter.get(to_service, timeout=10, allow_redirects=False).headers["Location"]
    first, second = (requests.get(back, cookies={"newsroom_verifier": verifier}, timeout=10) for _ in range(2))
    assert "support_pass" in {name for answer in first.history for name in answer.cookies.get_dict()}
    assert not newsroom.is_open(second)


def test_when_the_pass_has_ended_the_server_gets_the_next_one_by_itself(newsroom: Newsroom) -> None:
    supporter = newsroom.reading_supporter()
    renewal = supporter.cookies["support_renewal"]
    supporter.cookies.clear("localhost.local", "/", "support_pass")
    assert newsroom.is_open(get(newsroom, supporter))
    assert supporter.cookies["support_pass"]
    assert supporter.cookies["support_renewal"] != renewal


def test_two_tabs_that_send_the_same_renewal_both_read(newsroom: Newsroom) -> None:
    renewal = {"support_renewal": newsroom.reading_supporter().cookies["support_renewal"]}
    answers = [requests.get(newsroom.url + path, cookies=renewal, timeout=10) for path in (MEMBERS, OTHER)]
    assert all(newsroom.is_open(answer) for answer in answers)


def test_a_renewal_that_renews_nothing_any_more_is_forgotten(newsroom: Newsroom) -> None:
    answer = requests.get(newsroom.url + MEMBERS, cookies={"support_renewal": "d" * 43}, timeout=10)
    assert not newsroom.is_open(answer)
    assert "support_renewal=;" in answer.headers["Set-Cookie"]


def test_a_script_that_was_given_a_pass_hands_it_to_the_server(newsroom: Newsroom) -> None:
    supporter = newsroom.supporter()
    answer = supporter.get(
        f"{newsroom.service.url}/api/v1/access",
        params={"article": newsroom.url + MEMBERS},
        headers={"Origin": newsroom.url},
        timeout=10,
    )
    handed = supporter.post(
        f"{newsroom.url}/pass", json={"pass": answer.json()["pass"]}, headers={"Origin": newsroom.url}, timeout=10
    )
    assert handed.status_code == 204
    assert newsroom.is_open(get(newsroom, supporter))


@contextmanager
def a_service_that_accepts_and_never_answers() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.timeout(20)  # far more than the second that it may take, far less than a client that waits for good
def test_while_the_service_is_silent_the_gate_stays_closed_and_the_page_comes(newsroom: Newsroom) -> None:
    with a_service_that_accepts_and_never_answers() as support_url:
        client = create_newsroom(Config(newsroom.url, support_url, "http://localhost:1")).test_client()
        client.set_cookie("support_renewal", "e" * 43)
        client.set_cookie("newsroom_verifier", "f" * 64)
        for path in (MEMBERS, f"{MEMBERS}?support_code={'g' * 43}"):
            page = client.get(path)
            assert page.status_code == 200
            assert "We cannot reach our support service right now." in page.text
            assert newsroom.article().rest[0] not in page.text
        assert client.get_cookie("support_renewal") is not None


def test_whoever_holds_a_pass_reads_on_while_the_service_is_down(newsroom: Newsroom) -> None:
    supporter = newsroom.reading_supporter()
    app = create_newsroom(newsroom.config)
    client = app.test_client()
    client.set_cookie("support_pass", str(supporter.cookies["support_pass"]))
    assert newsroom.article().rest[0] in client.get(MEMBERS).text
    app.extensions["service"].url = "http://127.0.0.1:1"
    assert newsroom.article().rest[0] in client.get(MEMBERS).text
