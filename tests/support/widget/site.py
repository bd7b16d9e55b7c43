"""What tests of the element in a browser share: a site that carries it, and what its page asks for and sends."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import expect

from tests.services import running_service
from tests.support.widget.pages import host_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import ConsoleMessage, Page, Request

    from tests.services import Service, StandIn
    from tests.support.widget.pages import HostPages


@dataclass
class Site:
    """The service and a site that carries its element. Their host names differ: nothing here is same-site."""

    service: Service
    pages: HostPages


@dataclass
class Watch:
    """What a page asked for and complained about."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def to(self, service: Service) -> list[str]:
        """Paths that were asked of the service."""
        return [urlsplit(one.url).path for one in self.requests if one.url.startswith(service.url)]


@contextmanager
def running_site(database_url: str, stand_in: StandIn) -> Iterator[Site]:
    """Both, running."""
    with host_pages() as pages, running_service(database_url, stand_in, news_origins=pages.origin) as service:
        pages.support, pages.stripe = service.url, stand_in.base
        yield Site(service, pages)


def watched(page: Page) -> Watch:
    """Watch this page from now on."""
    watch = Watch()
    page.on("request", lambda request: watch.requests.append(request))  # noqa: PLW0108  # Playwright takes no built-in
    page.on("pageerror", lambda error: watch.complaints.append(str(error)))
    page.on("console", lambda message: _complain(watch, message))
    return watch


def _complain(watch: Watch, message: ConsoleMessage) -> None:
    if message.type in {"error", "warning"}:
        watch.complaints.append(message.text)


def posted(page: Page, press: Callable[[], None]) -> dict[str, str]:
    """The form's fields as the browser sends them when `press` is done; the next page has arrived."""
    with page.expect_request(lambda request: request.method == "POST") as sent:
        press()
    fields = parse_qsl(sent.value.post_data or "", keep_blank_values=True)
    assert len(fields) == len(dict(fields)), "a field was sent twice"
    expect(page.locator("input[name=card]")).to_be_visible()
    return dict(fields)


def choose(page: Page, name: str) -> None:
    """Mark an interval or amount."""
    page.get_by_role("radio", name=name, exact=True).check()


def button(page: Page) -> Callable[[], None]:
    """Presses the form's button."""
    return lambda: page.get_by_role("button").click()
