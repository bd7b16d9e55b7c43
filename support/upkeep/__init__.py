"""What operators do to keep, forget, save and check: prune, erase, backup, restore, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.chores import our_seconds, register_chore
from support.upkeep import checks
from support.upkeep.commands import backup_command, doctor_command, erase_command, prune_command, restore_command
from support.upkeep.diagnosis import register_check
from support.upkeep.pruning import CHORE, EVERY_SECONDS, prune_chore

if TYPE_CHECKING:
    from flask import Flask

_COMMANDS = (prune_command, erase_command, backup_command, restore_command, doctor_command)
_CHECKS = {
    "database": checks.check_database,
    "disk": checks.check_disk,
    "settings": checks.check_settings,
    "signing keys": checks.check_keys,
    "ERASE_LOG": checks.check_erase_log,
    "STRIPE_API_KEY": checks.check_stripe,
    "MAIL_URL": checks.check_mail,
    "campaign": checks.check_campaigns,
    "chores": checks.check_chores,
}


def init_app(app: Flask) -> None:
    """Offer the commands, let the doctor look, and let the worker prune every day."""
    register_chore(app, CHORE, every=EVERY_SECONDS, work=prune_chore, clock=our_seconds)
    for about, check in _CHECKS.items():
        register_check(app, about, check)
    for command in _COMMANDS:
        app.cli.add_command(command)
