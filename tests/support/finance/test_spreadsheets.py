"""Files as LibreOffice opens them: nothing is a formula, amounts are numbers, and it warns of nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from xlsxwriter import Workbook

from tests.support.finance.exporting import a_report, books, export, records_of
from tests.support.finance.test_xlsx_and_json import SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

    from support.finance.exports.shape import FileFormat
    from support.finance.reports import Kind

# Texts that a spreadsheet may take for formulas.
FORMULAS = ("=1+1", "+1+1", "@SUM(1)", '=HYPERLINK("http://127.0.0.1:9/")')
_NUMBER = re.compile(r'office:value-type="(?:float|currency|percentage)"[^>]* office:value="([^"]+)"')

pytestmark = [pytest.mark.drill, pytest.mark.timeout(900)]


@pytest.fixture(scope="session")
def libre_office() -> str:
    """LibreOffice's Calc, installed from Debian when root; without it the drill is skipped, loudly."""
    if shutil.which("soffice") is None and shutil.which("apt-get") and os.geteuid() == 0:
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "libreoffice-calc-nogui"]
        subprocess.run(
            install, check=False, capture_output=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        )
    found = shutil.which("soffice")
    if found is not None:
        return found
    reason = "no LibreOffice: install it (Debian: apt-get install libreoffice-calc-nogui)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def opened(program: str, folder: Path, whole: bytes, file_format: FileFormat) -> str:
    """A file as LibreOffice has opened it: flat XML, which says of every cell what it is."""
    file = folder / f"file.{file_format}"
    file.write_bytes(whole)
    # 76: UTF-8.
    filters = ["--infilter=CSV:44,34,76,1"] if file_format == "csv" else []
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [program, profile, "--headless", *filters, "--convert-to", "fods", str(file)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
    assert "warn" not in done.stderr.lower().replace("warning: failed to launch javaldx", "")
    return (folder / "file.fods").read_text("utf-8")


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize("source", ["journal", "income", "ledger", a_report(SAMPLE)], ids=lambda one: str(one)[:7])
def test_nothing_is_a_formula_and_every_amount_is_a_number(
    libre_office: str, sqlite_url: str, tmp_path: Path, source: str | Kind, file_format: FileFormat
) -> None:
    with books(sqlite_url) as these:
        these.refund(these.payment(1250, tax_minor=208), 416)
        for text in FORMULAS:
            these.entry("charge", 777, source=text, fee=52)
    found = opened(libre_office, tmp_path, export(sqlite_url, source, file_format), file_format)
    assert "table:formula" not in found
    numbers = {Decimal(number) for number in _NUMBER.findall(found)}
    if isinstance(source, str):
        whole = records_of(export(sqlite_url, source))
        amounts = [row[key] for row in whole for key in row if key in {"debit", "credit", "amount", "gross", "net"}]
        assert any(amounts)
        assert {Decimal(amount) for amount in amounts if amount} <= numbers
    else:
        assert "=1+1" in found
        assert Decimal("-12.5") in numbers
    if source in {"journal", "ledger"}:
        assert "=HYPERLINK" in found


def test_a_formula_in_a_csv_file_would_be_seen(libre_office: str, tmp_path: Path) -> None:
    assert "table:formula" in opened(libre_office, tmp_path, b'"a"\r\n=1+1\r\n', "csv")


def test_a_formula_in_a_workbook_would_be_seen(libre_office: str, tmp_path: Path) -> None:
    with Workbook(file := BytesIO()) as workbook:
        workbook.add_worksheet().write_formula("A1", "=1+1")
    assert "table:formula" in opened(libre_office, tmp_path, file.getvalue(), "xlsx")
