"""The newsroom, running, and what its readers do."""

from __future__ import annotations

import html
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from werkzeug.serving import make_server

from demo.newsroom import create_newsroom
from demo.newsroom.articles import Article, read_articles
from demo.newsroom.config import Config
from tests.services import running_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import Service, StandIn

MEMBERS = "/articles/city-budget"
OTHER = "/articles/evening-library"


@dataclass
class Newsroom:
    """The news site and the service that it asks."""

    url: str
    config: Config
    service: Service

    def article(self, path: str = MEMBERS) -> Article:
        """What it publishes at a path."""
        return next(one for one in read_articles(self.url) if one.path == path)

    def supporter(self) -> requests.Session:
        """A browser whose reader has paid; the news site has not seen it yet."""
        browser = requests.Session()
        session_id = self.service.begin(browser, article=self.url + MEMBERS)
        assert self.service.stand_in.pay(session_id).status_code == 200
        thanks = browser.get(f"{self.service.url}/checkout/thanks?session_id={session_id}", timeout=10)
        assert thanks.status_code == 200
        return browser

    def reading_supporter(self) -> requests.Session:
        """A browser that holds a pass of the news site's own."""
        browser = self.supporter()
        assert self.is_open(browser.get(f"{self.url}{MEMBERS}?supported=1", timeout=10))
        return browser

    def is_open(self, answer: requests.Response) -> bool:
        """Whether an answer holds the whole article, or nothing of what is withheld."""
        path = answer.request.path_url.partition("?")[0]
        found = leaks(answer, self.article(path))
        everything = len(windows(self.article(path)))
        assert len(found) in {0, everything}, "some of it, not all"
        return bool(found)


@contextmanager
def running_newsroom(database_url: str, stand_in: StandIn) -> Iterator[Newsroom]:
    """The newsroom and the service, each on a free port of localhost."""
    server = make_server("localhost", 0, _not_yet, threaded=True)
    url = f"http://localhost:{server.server_port}"
    with running_service(database_url, stand_in, news_origins=url) as service:
        config = Config(url, service.url, stand_in.base)
        server.app = create_newsroom(config)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Newsroom(url, config, service)
        finally:
            server.shutdown()


def windows(article: Article) -> list[str]:
    """Pieces of the withheld text: every 40 characters of every paragraph from the second on."""
    return [one[start : start + 40] for one in article.rest for start in range(0, max(1, len(one) - 40), 40)]


def leaks(answer: requests.Response, article: Article) -> list[str]:
    """Which of these pieces an answer holds, in its body or headers, as they are or escaped for HTML or JSON."""
    seen = answer.text + html.unescape(answer.text) + _unescaped_json(answer.text) + str(answer.headers)
    return [piece for piece in windows(article) if piece in seen]


def _unescaped_json(text: str) -> str:
    """The text with `\\u2019` and the like read."""
    return text.encode("ascii", "backslashreplace").decode("unicode_escape", "replace") + json.dumps(text)


def _not_yet(_environ: object, _start: object) -> list[bytes]:
    raise RuntimeError("the app is put in before the server serves")
