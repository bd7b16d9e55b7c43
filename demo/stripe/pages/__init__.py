"""What people and scripts use besides the API: the hosted Checkout page, the control, the dashboard."""

from typing import cast

from flask import current_app

from demo.stripe.account import Account
from demo.stripe.background import run_due_tasks


def the_account() -> Account:
    """The account that these pages show, after everything that is due was done."""
    account = cast("Account", current_app.extensions["stand_in"])
    with account.transaction():
        run_due_tasks(account)
    return account
