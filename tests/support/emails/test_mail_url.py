"""MAIL_URL: what is taken, what is refused, and that a password never leaves this machine in the clear."""

from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.mail import MailServer, mail_server
from demo.mailbox.smtp import Mailbox, Server
from support.emails.models import Mail
from tests.support.emails.test_delivery import send
from tests.support.mailbox import running_mailed
from tests.support.readers import rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import StandIn


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25, is_tls=False)),
        ("smtp://mail.example:2525/", MailServer("mail.example", 2525, is_tls=False)),
        ("smtps://mail.example", MailServer("mail.example", 465, is_tls=True)),
        ("smtp://me:a%40b@mail.example", MailServer("mail.example", 587, is_tls=False, user="me", password="a@b")),
    ],
)
def test_what_is_taken(url: str, server: MailServer) -> None:
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://me@mail.example",
        "smtp://a/b",
        "smtp://a:b",
        "smtp://a?b",
    ],
)
def test_what_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|is not|names)"):
        mail_server(url)


def test_a_password_is_never_shown() -> None:
    assert "geheim" not in repr(mail_server("smtp://me:geheim@mail.example"))


def test_a_password_is_not_sent_in_the_clear_off_this_machine(
    sqlite_url: str, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_mailed(sqlite_url, stand_in) as service:
        port = service.settings.mail_server.port if service.settings.mail_server else 0
        send(service)
        monkeypatch.setattr("socket.getaddrinfo", _to_this_machine)
        with running_mailed(sqlite_url, stand_in, mail_url=f"smtp://me:geheim@mail.example:{port}") as other:
            other.post()
        (mail,) = rows(service, Mail)
        assert (mail.state, mail.tries) == ("waiting", 1)
        assert "no TLS" in mail.reason
        assert service.letters == []


def _to_this_machine(_host: object, port: object, *_rest: object, **_more: object) -> list[object]:
    return [(2, 1, 6, "", ("127.0.0.1", port))]


def test_on_this_machine_a_password_may_go_without_tls(sqlite_url: str, stand_in: StandIn) -> None:
    with running_mailed(sqlite_url, stand_in) as first:
        port = first.settings.mail_server.port if first.settings.mail_server else 0
        with running_mailed(sqlite_url, stand_in, mail_url=f"smtp://me:geheim@localhost:{port}") as service:
            send(service)
            service.post()
        assert len(first.letters) == 1


def test_smtps_speaks_tls_from_the_first_byte(sqlite_url: str, stand_in: StandIn, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    with Server(mailbox := Mailbox()) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with running_mailed(sqlite_url, stand_in, mail_url=f"smtps://me:geheim@localhost:{server.port}") as service:
            send(service)
            service.post()
        server.shutdown()
    assert len(mailbox.letters) == 1


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(pem))
    return file
