"""Verify a pass: signature by one of the service's keys, for this site, still alive, and for this article."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError

if TYPE_CHECKING:
    from demo.newsroom.articles import Article
    from demo.newsroom.config import Config
    from demo.newsroom.keys import Keys

ALGORITHM = "ES256"
ALL_MEMBERS = "members"
_MAX_LENGTH = 4000


class BadPass(ValueError):
    """Not one of the service's passes for this site, or one that has ended."""


@dataclass(frozen=True)
class Pass:
    """A genuine pass. `opens` is `members` or one article's address."""

    opens: str
    plan: str
    expires_at: int

    def lets_read(self, article: Article) -> bool:
        """Whether it opens this article."""
        if self.opens == ALL_MEMBERS:
            return not article.plans or self.plan in article.plans
        return self.opens == article.address


def verify_pass(token: str, keys: Keys, config: Config) -> Pass:
    """What a pass proves. Raises BadPass.

    The algorithm is ours to choose, and the key comes from the service's own set: nothing in the token decides either.
    """
    if not 0 < len(token) <= _MAX_LENGTH:
        raise BadPass("no pass")

    def key_of(header: Any) -> Any:
        kid = header.headers().get("kid")
        key = keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise BadPass("unknown key")
        return key

    try:
        claims = jwt.decode(token, key_of, algorithms=[ALGORITHM]).claims
        is_for_us = claims["iss"] == config.support_url and claims["aud"] == config.url
        found = Pass(str(claims["opens"]), str(claims["plan"]), int(claims["exp"]))
    except BadPass:
        raise
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadPass("not genuine") from error
    if not is_for_us or found.expires_at <= time.time():
        raise BadPass("for another site, or over")
    return found
