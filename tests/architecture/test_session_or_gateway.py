"""A session or the gateway, never both: no transaction is open across a network call."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.architecture.boundaries import offenses
from tests.architecture.source import modules

FLOW = """
from support.gateway import current_gateway

def start(database, gateway):
    page = gateway.create()
    with database.transaction() as session:
        remember(session, page)

def look():
    return current_gateway().read()

def remember(session, page):
    session.add(page)
"""

PLANTED = {
    "a function that takes both": """
        def start(session, gateway): ...
    """,
    "a function that takes both by type": """
        def start(one: "Session", other: Gateway): ...
    """,
    "an operation that commits": """
        def remember(session, page):
            session.add(page)
            session.commit()
    """,
    "an operation that rolls back": """
        def remember(session: Session) -> None:
            session.rollback()
    """,
    "an operation that begins a transaction of its own": """
        def remember(session):
            with session.begin():
                session.add(1)
    """,
    "an operation that fetches the gateway": """
        from support.gateway import current_gateway

        def remember(session):
            current_gateway().create()
    """,
    "an operation that asks over HTTP": """
        import requests

        def remember(session):
            session.add(requests.get("https://example.com"))
    """,
    "a gateway's method inside a transaction": """
        def start(database, gateway):
            with database.transaction() as session:
                session.add(gateway.create())
    """,
    "a gateway of an object inside a transaction": """
        class Worker:
            def work(self):
                with self._database.reading() as session:
                    session.add(self._gateway.read())
    """,
    "a flow inside a transaction": """
        from planted.flows import start

        def show(database):
            with database.reading() as session:
                start(database, session.owner)
    """,
    "a flow inside a transaction, two calls away": """
        from planted import flows

        def show(database):
            with database.reading():
                helper()

        def helper():
            return flows.look()
    """,
    "a flow in the callback that a transaction runs": """
        from planted.flows import look

        def show(database):
            database.transact(lambda session: look())
    """,
}


def test_no_function_of_ours_mixes_them() -> None:
    assert offenses(modules("support", "webhooks")) == []


def test_a_flow_with_short_transactions_around_its_call_is_fine() -> None:
    assert offenses({"planted.flows": FLOW}) == []


def test_a_savepoint_inside_the_callers_transaction_is_fine() -> None:
    savepoint = """
        def remember(session, page):
            with session.begin_nested():
                session.add(page)
    """
    assert offenses({"planted": dedent(savepoint)}) == []


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED.keys())
def test_the_check_catches(text: str) -> None:
    assert offenses({"planted.flows": FLOW, "planted": dedent(text)})
