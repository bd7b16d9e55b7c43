"""The widget's two addresses, over HTTP."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
import requests

from support.widget.views import SCRIPT
from tests.services import running_service
from tests.support.widget.contents import OVER, offer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service, StandIn

ARTICLE = "http://localhost:8000/articles/one"


def get(service: Service, path: str, headers: dict[str, str] | None = None, /, **query: str) -> requests.Response:
    return requests.get(service.url + path, params=query, headers=headers, timeout=10)


def campaign(service: Service, **query: str) -> dict[str, Any]:
    answer = get(service, "/widget/campaign.json", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_script_is_at_most_10_kilobytes_on_the_wire() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), 6)) <= 10 * 1024


def test_any_site_may_use_the_script_and_caches_keep_it_five_minutes(support: Service) -> None:
    answer = get(support, "/widget.js")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "customElements.define" in answer.text


def test_the_campaign_comes_with_everything_that_the_form_shows(support: Service) -> None:
    found = campaign(support, article=ARTICLE)
    assert found["campaign"] == "independent-journalism"
    assert found["headline"] == "Independent journalism"
    assert found["button"] == "Support us"
    assert found["locale"] == "en"
    assert found["action"] == f"{support.url}/checkout"
    assert [plan["interval"] for plan in found["plans"]] == ["month", "year", "once"]
    assert found["plans"][0]["slug"] == "monthly"
    assert found["plans"][0]["terms"][0] == {
        "currency": "EUR",
        "decimals": 2,
        "minimum": {"value": "2", "text": "€2"},
        "maximum": {"value": "1000", "text": "€1,000"},
        "fixed": None,
        "bounds": "From €2 to €1,000.",
        "other": "Other amount, in EUR",
        "opens": "",
        "suggested": [{"value": "5", "text": "€5"}, {"value": "10", "text": "€10"}, {"value": "20", "text": "€20"}],
    }
    assert found["links"] == [
        {"text": "Terms", "url": "http://localhost:8000/terms"},
        {"text": "Privacy", "url": "http://localhost:8000/privacy"},
    ]


def test_a_single_donation_says_from_which_amount_it_opens_articles(support: Service) -> None:
    euro = campaign(support)["plans"][2]["terms"][0]
    assert euro["opens"] == "From €50 on, members’ articles open to you for 12 months."


def test_every_renewal_sentence_has_a_place_for_the_amount(support: Service) -> None:
    for locale in ("en", "uk"):
        texts = campaign(support, locale=locale)["texts"]
        assert set(texts["renewal"]) == {"once", "month", "year"}
        sentences = [*texts["renewal"].values(), texts["unclear"], texts["too_small"], texts["too_large"]]
        assert all("{amount}" in sentence for sentence in sentences)


def test_a_ukrainian_page_gets_ukrainian_words_and_amounts(support: Service) -> None:
    found = campaign(support, locale="uk-UA")
    assert found["locale"] == "uk"
    assert found["headline"] == "Незалежна журналістика"
    assert found["texts"]["amount"] == "Сума"
    assert found["plans"][0]["terms"][2]["suggested"][0]["text"] == "100\u00a0₴"


def test_no_ukrainian_word_is_left_in_english(support: Service) -> None:
    english, ukrainian = (campaign(support, locale=locale)["texts"] for locale in ("en", "uk"))
    same = {name for name, text in english.items() if text == ukrainian[name]}
    assert same == set()
    assert not set(english["renewal"].values()) & set(ukrainian["renewal"].values())


def test_an_unknown_language_falls_back_to_english_whatever_the_browser_prefers(support: Service) -> None:
    for query in ({"locale": "tlh"}, {}):
        answer = get(support, "/widget/campaign.json", {"Accept-Language": "uk"}, **query)
        assert answer.json()["locale"] == "en"
        assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_the_hosted_page_gets_the_campaign_the_article_and_the_language(support: Service) -> None:
    more = campaign(support, article="/articles/one?utm=x#top", locale="uk")["more"]
    assert more == (
        f"{support.url}/support?campaign=independent-journalism"
        "&article=http%3A%2F%2Flocalhost%3A8000%2Farticles%2Fone&locale=uk"
    )


def test_the_campaign_is_for_everybody_and_caches_keep_it_a_minute(support: Service) -> None:
    answer = get(support, "/widget/campaign.json", {"Cookie": "support_reading=abc", "Origin": "https://a.example"})
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.content == get(support, "/widget/campaign.json").content


@pytest.mark.parametrize("path", ["/widget.js", "/widget/campaign.json"])
def test_who_has_it_already_gets_304_that_scripts_may_read(support: Service, path: str) -> None:
    etag = get(support, path).headers["ETag"]
    again = get(support, path, {"If-None-Match": etag})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert again.headers["ETag"] == etag
    assert get(support, path, {"If-None-Match": '"other"'}).status_code == 200


def test_another_language_has_another_etag(support: Service) -> None:
    english, ukrainian = (
        get(support, "/widget/campaign.json", locale=locale).headers["ETag"] for locale in ("en", "uk")
    )
    assert english != ukrainian


def test_an_unknown_campaign_is_404_that_scripts_may_read(support: Service) -> None:
    answer = get(support, "/widget/campaign.json", campaign="no-such-campaign")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "article", ["https://elsewhere.example/a", "//elsewhere.example", "javascript:alert(1)", "/a%2Fb"]
)
def test_an_article_of_another_site_is_refused_by_name(support: Service, article: str) -> None:
    answer = get(support, "/widget/campaign.json", article=article)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["article"]
    assert article not in answer.text


def test_a_field_that_is_unknown_or_sent_twice_is_refused_by_name(support: Service) -> None:
    for query in ("?campaing=x", "?locale=en&locale=uk"):
        answer = requests.get(f"{support.url}/widget/campaign.json{query}", timeout=10)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [query[1:].partition("=")[0]]


def test_a_campaign_that_is_over_asks_nobody(sqlite_url: str, stand_in: StandIn, tmp_path: Path) -> None:
    with running_service(sqlite_url, stand_in) as service:
        offer(service, tmp_path, OVER)
        assert campaign(service) == {"campaign": None}
        assert campaign(service, campaign="spring") == {"campaign": None}
        assert campaign(service, campaign="independent-journalism") == {"campaign": None}


def test_a_newsroom_without_terms_pages_shows_no_links(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(sqlite_url, stand_in) as service:
        assert campaign(service)["links"] == []
