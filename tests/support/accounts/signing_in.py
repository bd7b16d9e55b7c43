"""What people and attackers do to sign in, as browsers and programs send it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support.accounts.models import SignIn
from tests.support.readers import buy, rows

if TYPE_CHECKING:
    import requests

    from demo.mailbox.smtp import Letter
    from tests.services import Service
    from tests.support.mailbox import Mailed

READER = "reader@example.com"
CODE = re.compile(r"^[A-Z2-9]{4}-[A-Z2-9]{4}$", re.MULTILINE)


def post(browser: requests.Session, url: str, data: Any = None, **headers: str) -> requests.Response:
    """POST a form as a browser does; nothing is followed."""
    return browser.post(url, data=data, headers=headers, allow_redirects=False, timeout=30)


def ask_for_link(service: Service, browser: requests.Session, email: str = READER, **fields: str) -> requests.Response:
    """Type an address into the sign-in page."""
    return post(browser, f"{service.url}/account/sign-in", {"email": email, **fields})


def link_in(letter: Letter) -> str:
    """The address of the button in a sign-in mail."""
    found = re.search(r"http\S+/account/link/\S+", letter.part("plain"))
    assert found is not None, letter.part("plain")
    return found[0]


def code_in(letter: Letter) -> str:
    """The code in a sign-in mail."""
    found = CODE.search(letter.part("plain"))
    assert found is not None, letter.part("plain")
    return found[0]


def token_of(link: str) -> str:
    """The secret in a link."""
    return urlsplit(link).path.rpartition("/")[2]


def a_supporter(service: Mailed, email: str = READER, **fields: str) -> None:
    """Somebody has paid under this address, in a browser of which nothing is left, and put the receipt away."""
    buy(service, service.browser(), email=email, **fields)
    service.post()
    service.letters.clear()


def a_mail(service: Mailed, browser: requests.Session, email: str = READER) -> Letter:
    """Ask for a link and wait for the mail."""
    service.post()  # what else there is to tell
    before = len(service.letters)
    assert ask_for_link(service, browser, email).status_code == 303
    service.post()
    (letter,) = service.letters[before:]
    return letter


def sign_in(service: Mailed, email: str = READER) -> requests.Session:
    """A browser that is signed in by link."""
    browser = service.browser()
    answer = post(browser, link_in(a_mail(service, browser, email)))
    assert answer.status_code == 303, answer.text
    return browser


def is_signed_in(service: Service, browser: requests.Session) -> bool:
    """Whether the account opens."""
    answer = browser.get(f"{service.url}/account", allow_redirects=False, timeout=30)
    assert answer.status_code in {200, 303}
    return answer.status_code == 200


def form_key(service: Service, browser: requests.Session) -> str:
    """What the forms of this browser's account carry."""
    found = re.search(r'name="form_key" value="([0-9a-f]+)"', browser.get(f"{service.url}/account", timeout=30).text)
    assert found is not None
    return found[1]


def sign_ins(service: Service) -> list[SignIn]:
    """Every sign-in there was."""
    return rows(service, SignIn)
