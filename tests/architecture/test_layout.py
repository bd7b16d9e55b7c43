"""The house: few module names, each with one meaning; small files; nothing but words in templates."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from tests.architecture.source import ROOT, SERVICE, imported, modules

MODULES = set("models rules queries operations flows forms views commands".split())
# Names of one concept each, allowed where they are; a ninth module name belongs into this list or nowhere.
CONCEPTS = {
    "support.access.forgetting",
    "support.access.keys",
    "support.access.passes",
    "support.access.reading",
    "support.accounts.companions",
    "support.accounts.forgetting",
    "support.accounts.links",
    "support.accounts.sign_ins",
    "support.accounts.staff.forgetting",
    "support.accounts.staff.guessing",
    "support.accounts.staff.invitations",
    "support.accounts.staff.passwords",
    "support.accounts.staff.second_step",
    "support.accounts.staff.sign_ins",
    "support.accounts.staff.telling",
    "support.checkout.ask",
    "support.checkout.cookies",
    "support.checkout.forgetting",
    "support.desk.charts.curve",
    "support.desk.charts.lettering",
    "support.desk.charts.picture",
    "support.desk.charts.scale",
    "support.desk.entrance.joining",
    "support.desk.entrance.own_account",
    "support.desk.exporting",
    "support.desk.figures",
    "support.desk.hosts",
    "support.desk.navigation",
    "support.desk.pages",
    "support.desk.reports.bar",
    "support.desk.reports.tables",
    "support.emails.delivery",
    "support.emails.figures",
    "support.emails.forgetting",
    "support.emails.messages",
    "support.finance.exports.cells",
    "support.finance.exports.csv_files",
    "support.finance.exports.double_entry",
    "support.finance.exports.files",
    "support.finance.exports.journal",
    "support.finance.exports.json_files",
    "support.finance.exports.listings",
    "support.finance.exports.responses",
    "support.finance.exports.shape",
    "support.finance.exports.tables_in_sql",
    "support.finance.exports.xlsx_files",
    "support.finance.listings.by_month",
    "support.finance.listings.comings",
    "support.finance.listings.failures",
    "support.finance.listings.ledger",
    "support.finance.listings.movements",
    "support.finance.listings.paging",
    "support.finance.listings.payments",
    "support.finance.listings.periods",
    "support.finance.listings.refunds",
    "support.finance.reports.articles",
    "support.finance.reports.deferred",
    "support.finance.reports.donations",
    "support.finance.reports.earning",
    "support.finance.reports.failed",
    "support.finance.reports.fees",
    "support.finance.reports.filters",
    "support.finance.reports.income",
    "support.finance.reports.lifetime",
    "support.finance.reports.members",
    "support.finance.reports.mrr",
    "support.finance.reports.overview",
    "support.finance.reports.parts",
    "support.finance.reports.payouts",
    "support.finance.reports.presence",
    "support.finance.reports.refunds",
    "support.finance.reports.retention",
    "support.finance.reports.rollups.days.checking",
    "support.finance.reports.rollups.days.summing",
    "support.finance.reports.rollups.worth.checking",
    "support.finance.reports.rollups.worth.summing",
    "support.finance.reports.shape",
    "support.finance.reports.spans",
    "support.finance.reports.standing",
    "support.finance.reports.sums",
    "support.finance.reports.taxes",
    "support.finance.reports.totals",
    "support.finance.selfcheck",
    "support.finance.statements.checking",
    "support.finance.supporters.timeline",
    "support.gateway.calling",
    "support.gateway.client",
    "support.gateway.movements",
    "support.gateway.paging",
    "support.gateway.readings",
    "support.gateway.requests",
    "support.gateway.resources",
    "support.gateway.shapes",
    "support.gateway.snapshots",
    "support.memberships.forgetting",
    "support.portal.account.statements.pdf",
    "support.sync.adopting",
    "support.sync.ahead",
    "support.sync.giving",
    "support.sync.importing",
    "support.sync.keeping",
    "support.sync.kinds",
    "support.sync.moving",
    "support.sync.owners",
    "support.sync.reading",
    "support.sync.walk",
    "support.upkeep.backups",
    "support.upkeep.checks",
    "support.upkeep.diagnosis",
    "support.upkeep.erase_log",
    "support.upkeep.erasing",
    "support.upkeep.postgres_dumps",
    "support.upkeep.pruning",
    "support.upkeep.refusals",
    "support.upkeep.sqlite_copies",
    "support.widget.campaign_json",
}
FOUNDATION = set(
    """addresses audit chores clock commands content db encryption errors guards health holdings http i18n leases limits
    memory metrics money sql together tokens""".split()
)
MAX_LINES = 300
# A migration is as long as the tables that it makes.
LONGER = re.compile(r"support/migrations/versions/.*")


def _is_package(name: str) -> bool:
    return (ROOT / name.replace(".", "/")).is_dir()


def misplaced(names: list[str]) -> list[str]:
    """Modules of support that are neither one of the eight, nor a concept, nor the foundation."""
    inner = [name for name in names if name.startswith("support.") and not name.startswith("support.migrations.")]
    return [
        name
        for name in inner
        if not _is_package(name)
        and name not in CONCEPTS
        and (name.partition(".")[2] not in FOUNDATION if name.count(".") == 1 else name.split(".")[-1] not in MODULES)
    ]


def test_modules_have_one_of_eight_names_or_name_a_concept() -> None:
    assert misplaced(list(modules("support"))) == []


def test_every_listed_concept_exists() -> None:
    assert set(modules("support")) >= CONCEPTS


@pytest.mark.parametrize("name", ["support.access.utils", "support.helpers", "support.checkout.services"])
def test_a_module_of_another_name_is_found(name: str) -> None:
    assert misplaced([name]) == [name]


def test_no_file_is_long() -> None:
    sources = [path for package in (*SERVICE, "demo", "tests") for path in sorted((ROOT / package).rglob("*.py"))]
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in [*sources, ROOT / "wsgi.py"]
        if (lines := path.read_text("utf-8").count("\n")) > MAX_LINES
    }
    assert {name for name in long if not LONGER.fullmatch(name)} == set()


def test_rules_import_only_the_standard_library_and_money() -> None:
    allowed = sys.stdlib_module_names | {"support.money"}
    for name, text in modules("support").items():
        if name.endswith(".rules"):
            foreign = [one for one in imported(name, text) if not any(_is_in(one, known) for known in allowed)]
            assert foreign == [], name


def test_views_and_commands_are_imported_only_by_their_own_package() -> None:
    assert strangers(modules(*SERVICE)) == []


@pytest.mark.parametrize(
    "text",
    ["from support.checkout.views import start", "import support.checkout.views", "from ..checkout import views"],
)
def test_an_import_of_another_packages_views_is_found(text: str) -> None:
    assert strangers({"support.portal.flows": text}) == ["support.portal.flows imports support.checkout.views"]


def strangers(sources: dict[str, str]) -> list[str]:
    """Who imports views or commands that are not its own."""
    return sorted(
        {
            f"{name} imports {private}"
            for name, text in sources.items()
            for one in imported(name, text, is_package=_is_package(name))
            for private in [_private(one)]
            if private is not None and private.rpartition(".")[0] != name
        }
    )


def _private(name: str) -> str | None:
    """`support.access.views.gate` -> `support.access.views`"""
    found = re.match(r"(support\.\w+|webhooks)\.(views|commands|endpoint)(?=\.|$)", name)
    return found[0] if found else None


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_templates_hold_no_queries() -> None:
    forbidden = re.compile(
        r"\b(select|query|scalars?|execute|session|database)\b\s*[.(]|\bSELECT\b.+\bFROM\b|current_database", re.DOTALL
    )
    templates = sorted((ROOT / "support" / "templates").rglob("*.*"))
    assert templates
    assert [path.name for path in templates if forbidden.search(path.read_text("utf-8"))] == []
    assert forbidden.search("{% for one in session.scalars(query) %}")
    assert forbidden.search("{{ current_database().url }}")


def test_sql_is_never_put_together_from_texts() -> None:
    for name, text in modules(*SERVICE).items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"sa.text", "text", "sqlalchemy.text"}:
                assert _is_fixed(node.args[0]), f"{name}:{node.lineno}"


def _is_fixed(statement: ast.expr) -> bool:
    """A constant, or one with constants (in capitals) put in."""
    parts = statement.values if isinstance(statement, ast.JoinedStr) else [statement]
    return all(isinstance(part, ast.Constant) or ast.unparse(part).strip("f'\"{}").isupper() for part in parts)


def test_nothing_imports_the_composed_app() -> None:
    assert [name for name, text in modules(*SERVICE, "demo").items() if "wsgi" in imported(name, text)] == []


def test_browser_tests_look_again_until_what_they_expect_is_there() -> None:
    once = re.compile(r"\.is_(visible|hidden)\(")  # right or wrong by chance after a click; expect(…) looks again
    browsing = {name: text for name, text in modules("tests").items() if _is_in(name, "tests.browser")}
    assert browsing
    assert [name for name, text in browsing.items() if once.search(text)] == []
    assert once.search("assert page.get_by_text('Country DE').is_visible()")
