"""What happens by itself: tasks that fall due by the account's clock.

Tasks stand in the database, so they outlive the process; they run before every API call and page, and on a ticker.
"""

import threading
from collections.abc import Callable

from demo.stripe.account import Account
from demo.stripe.endpoints.sessions import expire_session
from demo.stripe.endpoints.subscriptions import end_subscription
from demo.stripe.settlement import make_available, settle_charge
from demo.stripe.store import Json

TICK = 0.2

TASKS: dict[str, Callable[[Account, Json], None]] = {
    "end_subscription": end_subscription,
    "expire_session": expire_session,
    "make_available": make_available,
    "settle_charge": settle_charge,
}


def run_due_tasks(account: Account) -> None:
    """Do everything that is due, earliest first. Inside a transaction."""
    for row in account.store.rows("SELECT * FROM tasks WHERE due <= ? ORDER BY due, id", account.clock.exact()):
        account.store.rows("DELETE FROM tasks WHERE id = ?", row["id"])
        document = account.store.find(row["object"])
        if document:
            TASKS[row["name"]](account, document)


def tick(account: Account, stop: threading.Event) -> None:
    """Thread: until told to stop."""
    while not stop.wait(TICK):
        if account.store.rows("SELECT 1 FROM tasks WHERE due <= ? LIMIT 1", account.clock.exact()):
            with account.transaction():
                run_due_tasks(account)
