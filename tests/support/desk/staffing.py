"""What staff and attackers do to come in, as browsers and programs send it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp

from tests.support.accounts.signing_in import post

if TYPE_CHECKING:
    import requests

    from tests.services import Service

PASSWORD = "seven quiet green bicycles"
KEY = re.compile(r'name="form_key" value="([0-9a-f]+)"')


@dataclass
class Colleague:
    """A member who has joined: a browser that is signed in, and what the member knows."""

    service: Service
    email: str
    role: str
    browser: requests.Session
    secret: str
    recovery_codes: list[str]
    password: str = PASSWORD

    def get(self, path: str) -> requests.Response:
        """A page, as it is answered."""
        return self.browser.get(f"{self.service.url}{path}", allow_redirects=False, timeout=30)

    def send(self, path: str, **fields: str) -> requests.Response:
        """A form of a page of this sign-in."""
        return post(self.browser, f"{self.service.url}{path}", {"form_key": self.form_key, **fields})

    @property
    def form_key(self) -> str:
        """What the forms of this browser carry."""
        found = KEY.search(self.get("/staff").text)
        assert found is not None
        return found[1]

    def is_in(self) -> bool:
        """Whether the overview opens."""
        answer = self.get("/staff")
        assert answer.status_code in {200, 303}
        return answer.status_code == 200


def invite(service: Service, email: str, role: str) -> str:
    """`flask staff add`: the link."""
    done = service.app.test_cli_runner().invoke(args=["staff", "add", email, "--role", role])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def begin_joining(service: Service, link: str, password: str = PASSWORD) -> tuple[requests.Session, str]:
    """Choose a password; the browser, and the secret that it is shown."""
    browser = service.browser()
    assert post(browser, link, {"password": password}).status_code == 303
    page = browser.get(f"{service.url}/staff/authenticator", timeout=30).text
    found = re.search(r"secret=([A-Z2-7]{32})", page)
    assert found is not None, page
    return browser, found[1]


def a_colleague(service: Service, role: str, email: str = "") -> Colleague:
    """Somebody who was invited by the command line and has joined on the pages."""
    email = email or f"{role}@example.com"
    browser, secret = begin_joining(service, invite(service, email, role))
    answer = post(browser, f"{service.url}/staff/authenticator", {"code": code(secret)})
    assert answer.status_code == 200, answer.text
    codes = re.findall(r"<code>([A-Z2-9-]{19})</code>", answer.text)
    return Colleague(service, email, role, browser, secret, codes)


def code(secret: str, *, steps: int = 0) -> str:
    """What the phone shows, or showed or will show so many half minutes away."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


def type_password(
    service: Service, browser: requests.Session, email: str, password: str = PASSWORD, **headers: str
) -> requests.Response:
    """The first proof."""
    return post(browser, f"{service.url}/staff/sign-in", {"email": email, "password": password}, **headers)


def type_code(service: Service, browser: requests.Session, typed: str) -> requests.Response:
    """The second proof."""
    return post(browser, f"{service.url}/staff/code", {"code": typed})


def sign_in(colleague: Colleague) -> Colleague:
    """The same member in one more browser, by a recovery code (the phone's last one was just used)."""
    browser = colleague.service.browser()
    assert type_password(colleague.service, browser, colleague.email, colleague.password).status_code == 303
    assert type_code(colleague.service, browser, colleague.recovery_codes.pop()).status_code == 303
    return Colleague(
        colleague.service, colleague.email, colleague.role, browser, colleague.secret, colleague.recovery_codes
    )
