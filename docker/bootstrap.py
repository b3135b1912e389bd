"""The init steps of the compose stack. Each may run again at every start and changes only what is missing.

    bootstrap.py certificates DIR AUTHORITY   a CA (its key in AUTHORITY), and Elasticsearch's certificate signed by it
    bootstrap.py accounts DIR                 kibana_system's password; least-privilege API keys for Mecmua and Kibana
    bootstrap.py login FILE                   the password of Airflow's administrator

It is no part of the package: it needs the superuser's password, which the pipeline never sees.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = ("elasticsearch", "localhost")
RENEW_BEFORE = timedelta(days=30)
#: Seconds. A cold Elasticsearch on a laptop takes about one minute.
PATIENCE = 300.0


def write(file: Path, content: str | bytes, mode: int) -> None:
    """Write a file whole or not at all, never readable by more than ``mode`` says, not even for a moment."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    draft.chmod(mode)  # whatever the umask took away
    draft.replace(file)


# --- certificates ----------------------------------------------------------------------------------------------------


def certificates(folder: Path, authority: Path, now: datetime) -> None:
    """A CA for ten years and a node certificate for two, renewed when it has a month left; the CA is kept.

    The CA's key lies in ``authority``, which no lasting service mounts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority.mkdir(parents=True, exist_ok=True)
    ca_files, node_files = (folder / "ca.crt", authority / "ca.key"), (folder / "node.crt", folder / "node.key")
    if not all(file.exists() for file in ca_files):
        key = ec.generate_private_key(ec.SECP256R1())
        _store(ca_files, _sign("Mecmua CA", key, None, now, timedelta(days=3650)), key, key_mode=0o600)
        node_files[0].unlink(missing_ok=True)
    if all(file.exists() for file in node_files):
        current = x509.load_pem_x509_certificate(node_files[0].read_bytes())
        if current.not_valid_after_utc - now > RENEW_BEFORE:
            return
    ca = x509.load_pem_x509_certificate(ca_files[0].read_bytes())
    ca_key = serialization.load_pem_private_key(ca_files[1].read_bytes(), password=None)
    key = ec.generate_private_key(ec.SECP256R1())
    # Elasticsearch runs as another user of the same group 0
    _store(node_files, _sign(NAMES[0], key, (ca, ca_key), now, timedelta(days=730)), key, key_mode=0o640)


def _sign(name: str, key: Any, ca: tuple[x509.Certificate, Any] | None, now: datetime, life: timedelta) -> Any:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing_key = (ca[0].subject, ca[1]) if ca else (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks differ
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=0 if ca is None else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .add_extension(_usage(ca is None), critical=True)
    )
    if ca:
        hosts = [*(x509.DNSName(host) for host in NAMES), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]  # nodes are each other's clients
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
    return builder.sign(signing_key, hashes.SHA256())


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _store(files: tuple[Path, Path], certificate: x509.Certificate, key: Any, key_mode: int) -> None:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write(files[1], private, key_mode)
    write(files[0], certificate.public_bytes(serialization.Encoding.PEM), 0o644)


# --- accounts --------------------------------------------------------------------------------------------------------

Call = Callable[..., tuple[int, Any]]


def roles(index: str) -> dict[str, dict[str, Any]]:
    """What each key may do. Mecmua: its own alias, versions and run reports. Kibana: saved objects of one space."""
    own = {"names": [index, f"{index}-*"], "privileges": ["manage", "read", "write"]}
    space = {"application": "kibana-.kibana", "privileges": ["space_all"], "resources": ["space:default"]}
    return {
        "elasticsearch": {"mecmua": {"cluster": ["monitor"], "indices": [own]}},
        "kibana": {"mecmua-kibana": {"cluster": [], "indices": [], "applications": [space]}},
    }


def accounts(folder: Path, call: Call, password: str, index: str, patience: float = PATIENCE) -> list[str]:
    """Set kibana_system's password and make the API keys that are missing or no longer fit; returns what was done."""
    _wait(call, patience)
    _expect(call("POST", "/_security/user/kibana_system/_password", {"password": password}), "kibana_system's password")
    done = ["kibana_system's password is set"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, role in roles(index).items():
        file, note = folder / f"{name}.key", folder / f"{name}.role.json"
        if _fits(call, file, note, role):
            done.append(f"{file.name} is kept")
            continue
        title = f"mecmua-{name}-{index}"
        # what an earlier volume was given must not stay valid; there may be none, so the answer does not matter
        call("DELETE", "/_security/api_key", {"name": title, "owner": True})
        made = _expect(call("POST", "/_security/api_key", {"name": title, "role_descriptors": role}), f"key {title}")
        write(file, made["encoded"], 0o640)
        write(note, json.dumps(role), 0o640)
        done.append(f"{file.name} is made")
    return done


def _fits(call: Call, file: Path, note: Path, role: dict[str, Any]) -> bool:
    if not (file.exists() and note.exists()) or json.loads(note.read_text()) != role:
        return False
    return call("GET", "/_security/_authenticate", key=file.read_text())[0] == 200


def _wait(call: Call, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        status, answer = call("GET", "/_cluster/health?wait_for_status=yellow&timeout=10s")
        if status == 200:
            return
        if status == 401:
            raise SystemExit("Elasticsearch refuses ELASTIC_PASSWORD: its volume was made with another docker/.env.")
        if time.monotonic() > deadline:
            raise SystemExit(f"Elasticsearch is not ready after {patience:.0f} s: {status} {answer}")
        time.sleep(min(2.0, patience / 10))


def _expect(answer: tuple[int, Any], what: str) -> Any:
    if answer[0] != 200:
        raise SystemExit(f"Elasticsearch refused {what}: {answer[0]} {answer[1]}")
    return answer[1]


def caller(url: str, ca_file: str | None, password: str) -> Call:
    """A function that sends one JSON request as `elastic`, or with an API key; status 0 when nobody answers."""
    context = ssl.create_default_context(cafile=ca_file) if url.startswith("https:") else None
    basic = "Basic " + base64.b64encode(f"elastic:{password}".encode()).decode()

    def call(method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"ApiKey {key}" if key else basic, "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url + path, content, headers, method=method)  # noqa: S310  # our own setting
        try:
            with urllib.request.urlopen(request, timeout=30, context=context) as response:  # noqa: S310  # as above
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")[:500]
        except (OSError, ValueError) as error:
            return 0, str(error)

    return call


# --- Airflow's administrator -----------------------------------------------------------------------------------------


def login(file: Path, password: str) -> None:
    """Write the password file of Airflow's simple auth manager, which otherwise prints a random one to its log."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write(file, json.dumps({"admin": password}) + "\n", 0o660)


def main(arguments: list[str]) -> None:
    step, place, *more = arguments
    if step == "certificates":
        certificates(Path(place), Path(*more), datetime.now(UTC))
    elif step == "accounts":
        url, ca_file = os.environ["MECMUA_ELASTICSEARCH_URL"], os.environ.get("MECMUA_ELASTICSEARCH_CA_CERTS")
        call = caller(url, ca_file, os.environ["ELASTIC_PASSWORD"])
        index = os.environ.get("MECMUA_INDEX", "articles")
        print(*accounts(Path(place), call, os.environ["KIBANA_SYSTEM_PASSWORD"], index), sep="\n")
    elif step == "login":
        login(Path(place), os.environ["AIRFLOW_ADMIN_PASSWORD"])
    else:
        raise SystemExit(f"unknown step {step}; it is certificates, accounts or login")


if __name__ == "__main__":
    main(sys.argv[1:])
