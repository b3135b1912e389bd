"""TLS: certificates are checked."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.fetch.fetching import Rig
from tests.integration.raw_server import RawSite, answer, serving


def certificate(folder: Path, name: str, *, days: int = 1) -> tuple[Path, ssl.SSLContext]:
    """A certificate that vouches for itself, as PEM file and as a server's context."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography to make certificates")
    import ipaddress

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    kind = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([kind]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}-{days}.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return pem, context


@pytest.mark.parametrize(
    ("name", "days", "trusted", "said"),
    [
        ("127.0.0.1", 1, True, None),
        ("127.0.0.1", 1, False, "self-signed"),
        ("127.0.0.1", -1, True, "expired"),
        ("other.example", 1, True, "mismatch"),
    ],
)
def test_certificates_are_checked(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, days: int, trusted: bool, said: str | None
) -> None:
    pem, context = certificate(tmp_path, name, days=days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(context) as site:
        site.answers["/a"] = answer("well")
        if said is None:
            assert rig.response(f"{site.url}/a").status == 200
            return
        error = rig.unavailable(f"{site.url}/a")
        assert said in str(error).lower()
        assert site.url in str(error)
        assert site.connections <= 1, "a certificate does not become right by asking again"
        assert site.log == []


def test_plain_text_where_tls_is_expected(rig: Rig, site: RawSite) -> None:
    assert site.url.replace("http", "https") in str(rig.unavailable(site.url.replace("http", "https") + "/a"))
