"""Does this reader's browser hold what opens an article? Its pass and renewal are this site's own cookies."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, request

from demo.newsroom.passes import BadPass, Pass, verify_pass
from demo.newsroom.service import ServiceDown

if TYPE_CHECKING:
    from flask import Response

    from demo.newsroom.articles import Article
    from demo.newsroom.config import Config
    from demo.newsroom.keys import Keys
    from demo.newsroom.renewals import Renewals
    from demo.newsroom.service import Issued, SupportService

_PASS, _RENEWAL, _VERIFIER = "support_pass", "support_renewal", "newsroom_verifier"
_PASS_SECONDS, _RENEWAL_SECONDS, _VERIFIER_SECONDS = 10 * 60, 30 * 24 * 60 * 60, 10 * 60


@dataclass(frozen=True)
class Reading:
    """Whether the article opens, and what the answer must put into the browser for that."""

    is_open: bool
    issued: Issued | None = None
    is_over: bool = False
    notice: str = ""

    def keep(self, response: Response) -> Response:
        """Put a new pass and renewal into the browser, or take a renewal away that renews nothing any more."""
        if self.issued is not None:
            keep_pass(response, self.issued.pass_)
            _set(response, _RENEWAL, self.issued.renewal, _RENEWAL_SECONDS)
        elif self.is_over:
            response.delete_cookie(_RENEWAL, path="/")
        return response


def read_with_cookies(article: Article) -> Reading:
    """By the pass that the browser holds, else by the next one."""
    held = verified(request.cookies.get(_PASS, ""))
    if held is not None:
        return Reading(held.lets_read(article))
    renewal = request.cookies.get(_RENEWAL, "")
    if not renewal:
        return Reading(is_open=False)
    try:
        issued = _renewals().renew(renewal)
    except ServiceDown:
        return Reading(is_open=False, notice="down")
    return Reading(_opens(issued, article), issued, is_over=issued is None)


def read_with_code(article: Article, code: str) -> Reading:
    """By the code with which the service sent the reader back; an empty one means that nothing opens the article."""
    if not code:
        return Reading(is_open=False, notice="nothing")
    try:
        issued = _service().exchange(code, request.cookies.get(_VERIFIER, ""))
    except ServiceDown:
        return Reading(is_open=False, notice="down")
    return Reading(_opens(issued, article), issued, notice="late")


def begin(response: Response) -> str:
    """The challenge for `/pass`; its verifier stays in this browser, so that nobody else can use the code."""
    verifier = secrets.token_urlsafe(48)
    _set(response, _VERIFIER, verifier, _VERIFIER_SECONDS)
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def end(response: Response) -> None:
    """The verifier has done its work."""
    response.delete_cookie(_VERIFIER, path="/")


def keep_pass(response: Response, token: str) -> None:
    """Put a pass into the browser, for as long as a pass can live."""
    _set(response, _PASS, token, _PASS_SECONDS)


def verified(token: str) -> Pass | None:
    """The pass, if it is genuine, for this site and alive."""
    keys: Keys = current_app.extensions["keys"]
    try:
        return verify_pass(token, keys, _config())
    except BadPass:
        return None


def _opens(issued: Issued | None, article: Article) -> bool:
    held = verified(issued.pass_) if issued is not None else None
    return held is not None and held.lets_read(article)


def _set(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=_config().is_secure, httponly=True, samesite="Lax"
    )


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config


def _service() -> SupportService:
    service: SupportService = current_app.extensions["service"]
    return service


def _renewals() -> Renewals:
    renewals: Renewals = current_app.extensions["renewals"]
    return renewals
