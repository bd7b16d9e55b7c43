"""A reader gives, becomes a member, and the article opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.services import Service


def test_it_works(service: Service) -> None:
    reader = service.browser()
    session_id = service.begin(reader, article="/articles/one")
    assert service.access(reader)["access"] == "denied"

    assert service.stand_in.pay(session_id).status_code == 200
    service.deliver()

    granted = service.access(reader)
    assert (granted["access"], granted["reason"], granted["plan"]) == ("granted", "member", "monthly")
    assert granted["pass"] is not None
