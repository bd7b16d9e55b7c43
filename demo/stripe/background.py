"""What happens by itself: tasks that fall due by the account's clock.

Tasks stand in the database, so they outlive the process; they run before every API call and page, and on a ticker.
"""

import threading
import time
from collections.abc import Callable

from demo.stripe import debits, disputes, pausing, payouts, refunds, renewals
from demo.stripe.account import Account
from demo.stripe.collection import retry_invoice
from demo.stripe.ending import end_subscription
from demo.stripe.endpoints.sessions import expire_session
from demo.stripe.settlement import make_available, settle_charge
from demo.stripe.store import Json

TICK = 0.2
PATIENCE = 0.2
YIELD = 0.005

TASKS: dict[str, Callable[[Account, Json], None]] = {
    "end_debit": debits.end_by_clock,
    "end_subscription": end_subscription,
    "expire_session": expire_session,
    "fail_refund": refunds.fail,
    "finalize_invoice": renewals.finalize_invoice,
    "follow_up": disputes.follow_up,
    "make_available": make_available,
    "pay_out_daily": payouts.pay_out_daily,
    "payout_arrives": payouts.arrive,
    "renew": renewals.renew,
    "resume_collection": pausing.resume_collection,
    "retry_invoice": retry_invoice,
    "settle_charge": settle_charge,
    "succeed_refund": refunds.succeed,
}


def run_due_tasks(account: Account) -> None:
    """Do what is due, earliest first; after `PATIENCE` the rest is left to whoever comes next. Inside a transaction."""
    give_up = time.monotonic() + PATIENCE
    while _run_next(account) and time.monotonic() < give_up:
        pass


def advance(account: Account, seconds: float) -> None:
    """Move the clock from one due task to the next until it is `seconds` further.

    What is made on the way carries the time at which it would have happened. Other callers get their turn in between.
    """
    with account.advancing:
        goal = account.clock.offset + seconds
        while not _advance_a_while(account, goal):
            time.sleep(YIELD)


def _advance_a_while(account: Account, goal: float) -> bool:
    """Whether the goal (an offset) was reached."""
    give_up = time.monotonic() + PATIENCE
    with account.transaction():
        while time.monotonic() < give_up:
            if not _run_next(account):
                due = account.store.rows("SELECT min(due) AS at FROM tasks")[0]["at"]
                offset = goal if due is None else min(due - time.time(), goal)
                account.clock.move(offset)
                if offset == goal:
                    break
    account.clock.write()
    return account.clock.offset >= goal


def _run_next(account: Account) -> bool:
    found = account.store.rows("SELECT * FROM tasks WHERE due <= ? ORDER BY due, id LIMIT 1", account.clock.exact())
    for row in found:
        account.store.rows("DELETE FROM tasks WHERE id = ?", row["id"])
        document = account.store.find(row["object"]) if row["object"] else {}
        if document is not None:
            TASKS[row["name"]](account, document)
    return bool(found)


def tick(account: Account, stop: threading.Event) -> None:
    """Thread: until told to stop."""
    while not stop.wait(TICK):
        if account.store.rows("SELECT 1 FROM tasks WHERE due <= ? LIMIT 1", account.clock.exact()):
            with account.transaction():
                run_due_tasks(account)
