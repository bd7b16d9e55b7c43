"""A missing or unsafe setting stops the start with one line that names it and does not show its value."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings, SettingsError
from support.db import refuse_affected_sqlite
from tests.databases import ENVIRONMENT, ROOT, environment, flask

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC: dict[str, str | None] = {
    "PUBLIC_URL": "https://support.news.example",
    "NEWS_ORIGINS": "https://www.news.example",
}
LIVE: dict[str, str | None] = {**PUBLIC, "STRIPE_API_KEY": "sk_live_do-not-show"}
STAND_IN = "http://localhost:8002"

# (what is set, None for not at all; the variable that the line names)
REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    **{f"no {name}": ({name: None}, name) for name in ENVIRONMENT if name != "NEWSROOM_NAME"},
    **{f"a blank {name}": ({name: ""}, name) for name in ENVIRONMENT if name != "NEWSROOM_NAME"},
    "a webhook secret of blanks": ({"STRIPE_WEBHOOK_SECRETS": "  "}, "STRIPE_WEBHOOK_SECRETS"),
    "a comma alone": ({"STRIPE_WEBHOOK_SECRETS": ","}, "STRIPE_WEBHOOK_SECRETS"),
    "a blank among secrets": ({"STRIPE_WEBHOOK_SECRETS": "whsec_a,,whsec_b"}, "STRIPE_WEBHOOK_SECRETS"),
    "a comma at the end": ({"STRIPE_WEBHOOK_SECRETS": "whsec_a,"}, "STRIPE_WEBHOOK_SECRETS"),
    "a secret of another kind": ({"STRIPE_WEBHOOK_SECRETS": "whsec_a,sk_test_do-not-show"}, "STRIPE_WEBHOOK_SECRETS"),
    "a prefix alone": ({"STRIPE_WEBHOOK_SECRETS": "whsec_"}, "STRIPE_WEBHOOK_SECRETS"),
    "a short SECRET_KEY": ({"SECRET_KEY": "do-not-show"}, "SECRET_KEY"),
    "a SECRET_KEY of blanks": ({"SECRET_KEY": " " * 40}, "SECRET_KEY"),
    "a SECRET_KEY of 31": ({"SECRET_KEY": "x" * 31}, "SECRET_KEY"),
    "a short fallback": ({"SECRET_KEY_FALLBACKS": "do-not-show"}, "SECRET_KEY_FALLBACKS"),
    "http for the public": ({"PUBLIC_URL": "http://support.news.example"}, "PUBLIC_URL"),
    "http on a host that looks local": ({"PUBLIC_URL": "http://localhost.evil.example"}, "PUBLIC_URL"),
    "http on a private network": ({"PUBLIC_URL": "http://192.168.0.1:8001"}, "PUBLIC_URL"),
    "a path": ({"PUBLIC_URL": "https://news.example/support"}, "PUBLIC_URL"),
    "a query": ({"PUBLIC_URL": "https://news.example?a=b"}, "PUBLIC_URL"),
    "a user": ({"PUBLIC_URL": "https://do-not-show@news.example"}, "PUBLIC_URL"),
    "no scheme": ({"PUBLIC_URL": "news.example"}, "PUBLIC_URL"),
    "another scheme": ({"PUBLIC_URL": "ftp://news.example"}, "PUBLIC_URL"),
    "a port that is none": ({"PUBLIC_URL": "https://news.example:port"}, "PUBLIC_URL"),
    "a news origin with a path": ({"NEWS_ORIGINS": "http://localhost:8000/news"}, "NEWS_ORIGINS"),
    "a blank news origin": ({"NEWS_ORIGINS": "http://localhost:8000,,http://localhost:9000"}, "NEWS_ORIGINS"),
    "any news origin": ({"NEWS_ORIGINS": "*"}, "NEWS_ORIGINS"),
    "no news origin": ({"NEWS_ORIGINS": "null"}, "NEWS_ORIGINS"),
    "a news origin over http in public": (PUBLIC | {"NEWS_ORIGINS": "http://localhost:8000"}, "NEWS_ORIGINS"),
    "a fiscal year that begins in no month": ({"FISCAL_YEAR_START": "13"}, "FISCAL_YEAR_START"),
    "a fiscal year that begins with a word": ({"FISCAL_YEAR_START": "do-not-show"}, "FISCAL_YEAR_START"),
    "a staff host with a scheme": ({"STAFF_HOST": "https://do-not-show.localhost"}, "STAFF_HOST"),
    "a staff host with a port": ({"STAFF_HOST": "do-not-show.localhost:8001"}, "STAFF_HOST"),
    "a staff host in capitals": ({"STAFF_HOST": "Do-Not-Show.localhost"}, "STAFF_HOST"),
    "a staff host with a path": ({"STAFF_HOST": "desk.localhost/staff"}, "STAFF_HOST"),
    "any staff host": ({"STAFF_HOST": "*.localhost"}, "STAFF_HOST"),
    "several staff hosts": ({"STAFF_HOST": "a.localhost,b.localhost"}, "STAFF_HOST"),
    "a staff host that readers use": (PUBLIC | {"STAFF_HOST": "support.news.example"}, "STAFF_HOST"),
    "a staff host of the news site": (PUBLIC | {"STAFF_HOST": "www.news.example"}, "STAFF_HOST"),
    "a staff host in public, readers here": ({"STAFF_HOST": "desk.news.example"}, "STAFF_HOST"),
    "a staff host here, readers in public": (PUBLIC | {"STAFF_HOST": "desk.localhost"}, "STAFF_HOST"),
    "a key that is none": ({"STRIPE_API_KEY": "do-not-show"}, "STRIPE_API_KEY"),
    "a publishable key": ({"STRIPE_API_KEY": "pk_test_do-not-show"}, "STRIPE_API_KEY"),
    "a live key for a stand-in": (LIVE | {"STRIPE_API_BASE": "https://stripe.news.example"}, "STRIPE_API_BASE"),
    "a live restricted key for a stand-in": (
        {"STRIPE_API_KEY": "rk_live_do-not-show", "STRIPE_API_BASE": STAND_IN},
        "STRIPE_API_BASE",
    ),
    "a stand-in over http in public": (PUBLIC | {"STRIPE_API_BASE": STAND_IN}, "STRIPE_API_BASE"),
    "a moved clock with a live key": (LIVE | {"CLOCK_FILE": "do-not-show"}, "CLOCK_FILE"),
    "a moved clock at Stripe": ({"CLOCK_FILE": "do-not-show"}, "CLOCK_FILE"),
    "no limit in public": (PUBLIC | {"CHECKOUT_LIMIT": "off"}, "CHECKOUT_LIMIT"),
    "a limit of nothing": ({"CHECKOUT_LIMIT": "0"}, "CHECKOUT_LIMIT"),
    "a limit in words": ({"CHECKOUT_LIMIT": "many"}, "CHECKOUT_LIMIT"),
    "a negative grace": ({"GRACE_DAYS": "-1"}, "GRACE_DAYS"),
    "half a day": ({"GRACE_DAYS": "1.5"}, "GRACE_DAYS"),
    "hops in words": ({"TRUSTED_PROXY_HOPS": "all"}, "TRUSTED_PROXY_HOPS"),
    "negative hops": ({"TRUSTED_PROXY_HOPS": "-1"}, "TRUSTED_PROXY_HOPS"),
    "a port out of range": ({"PORT": "65536"}, "PORT"),
    "no reads at all": ({"STRIPE_READS_PER_SECOND": "0"}, "STRIPE_READS_PER_SECOND"),
    "a page that is a script": ({"NEWSROOM_TERMS_URL": "javascript:alert(1)"}, "NEWSROOM_TERMS_URL"),
    "a page over http in public": (
        PUBLIC | {"NEWSROOM_PRIVACY_URL": "http://localhost/privacy"},
        "NEWSROOM_PRIVACY_URL",
    ),
    "another database": ({"DATABASE_URL": "mysql://user:do-not-show@db/support"}, "DATABASE_URL"),
    "a database in memory": ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
}


def settings(monkeypatch: pytest.MonkeyPatch, folder: Path, **changes: str | None) -> Settings:
    """`Settings.from_env()` in this environment and no other."""
    monkeypatch.chdir(folder)  # no .env of the developer's
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for name, value in {**ENVIRONMENT, **changes}.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    return Settings.from_env()


@pytest.mark.parametrize(("changes", "name"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, str | None], name: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        settings(monkeypatch, tmp_path, **changes)
    line = str(refusal.value)
    assert line.startswith(f"{name}: ")
    assert "\n" not in line
    assert "do-not-show" not in line
    assert isinstance(refusal.value, SystemExit)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        PUBLIC,
        LIVE,
        {"STRIPE_WEBHOOK_SECRETS": "whsec_a, whsec_b"},
        {"PUBLIC_URL": "http://127.0.0.1:8001"},
        {"PUBLIC_URL": "http://[::1]:8001"},
        {"PUBLIC_URL": "http://support.localhost"},
        {"STRIPE_API_BASE": STAND_IN, "CLOCK_FILE": "clock"},
        {"CHECKOUT_LIMIT": "off"},
        {"STAFF_HOST": "desk.localhost"},
        PUBLIC | {"STAFF_HOST": "desk.news.example"},
        {"DATABASE_URL": "postgres://db/support"},
        {"SECRET_KEY_FALLBACKS": "x" * 32 + "," + "y" * 32},
    ],
    ids=str,
)
def test_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, str | None]) -> None:
    found = settings(monkeypatch, tmp_path, **changes)
    assert found.is_live is str(changes.get("STRIPE_API_KEY")).startswith("sk_live_")


def test_origins_are_kept_as_browsers_send_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    origins = "HTTPS://WWW.News.Example:443/, https://news.example:8443"
    found = settings(monkeypatch, tmp_path, PUBLIC_URL="https://Support.News.Example/", NEWS_ORIGINS=origins)
    assert found.news_origins == ("https://www.news.example", "https://news.example:8443")
    assert found.public_url == "https://support.news.example"


def test_settings_show_no_secret_when_they_are_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secrets = {
        "SECRET_KEY": "the-secret-key-that-nobody-may-see",
        "STRIPE_API_KEY": "sk_test_hidden",
        "STRIPE_WEBHOOK_SECRETS": "whsec_hidden",
        "DATABASE_URL": "postgresql://user:hidden@db/support",
    }
    shown = repr(settings(monkeypatch, tmp_path, **secrets))
    assert "hidden" not in shown
    assert "nobody-may-see" not in shown


def test_settings_are_frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = settings(monkeypatch, tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        found.checkout_limit = None


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [
        ((3, 40, 1), True),
        ((3, 7, 0), True),
        ((3, 51, 2), True),
        ((3, 52, 0), True),
        ((3, 50, 6), True),
        ((3, 44, 5), True),
        ((3, 45, 0), True),
        ((3, 6, 23), False),
        ((3, 44, 6), False),
        ((3, 50, 7), False),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_a_sqlite_that_loses_rows_is_refused(version: tuple[int, int, int], is_affected: bool) -> None:
    if not is_affected:
        refuse_affected_sqlite(version)
        return
    with pytest.raises(SettingsError) as refusal:
        refuse_affected_sqlite(version)
    assert str(refusal.value).startswith("DATABASE_URL: SQLite ")


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_server_does_not_start_with_a_blank_among_its_secrets() -> None:
    done = run("wsgi.py", STRIPE_WEBHOOK_SECRETS="whsec_do-not-show,,whsec_b")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("STRIPE_WEBHOOK_SECRETS: ")
    assert "do-not-show" not in line


def test_no_command_starts_either() -> None:
    done = flask("worker", "--once", PUBLIC_URL="http://support.news.example")
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("PUBLIC_URL: ")


def test_the_server_does_not_start_on_a_schema_that_is_behind(tmp_path: Path) -> None:
    done = run("wsgi.py", DATABASE_URL=f"sqlite:///{tmp_path}/new.sqlite3", PORT="1")
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("DATABASE_URL: ")
    assert "`flask db upgrade`" in line


def test_the_server_does_not_start_with_a_secret_key_that_does_not_open_the_signing_keys(sqlite_url: str) -> None:
    done = run("wsgi.py", DATABASE_URL=sqlite_url, PORT="1", SECRET_KEY="another secret key that opens nothing")
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("SECRET_KEY: ")
    assert "SECRET_KEY_FALLBACKS" in line


def test_a_machine_without_time_zones_of_its_own_starts(sqlite_url: str) -> None:
    done = flask("selfcheck", DATABASE_URL=sqlite_url, PYTHONTZPATH="", NEWSROOM_TIME_ZONE="Europe/Kyiv")
    assert (done.returncode, done.stderr) == (0, "")
