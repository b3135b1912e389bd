"""Sends digests: a file, a mailbox, a web address. Each send returns, or raises what the state will remember."""

from __future__ import annotations

import asyncio
import contextlib
import os
import smtplib
import ssl
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpcore

from pipeline.errors import ConfigurationError, Unavailable
from pipeline.fetch.guard import GuardedBackend, check_url
from pipeline.jobs import alert_digest
from pipeline.jobs.alert_rules import Alert, Channel
from pipeline.settings import Settings
from pipeline.store.alerts import Digest

_SECONDS = 30.0
_TLS_PORT = 465  # RFC 8314


def feed_file(settings: Settings, alert: Alert) -> Path:
    """Where the feed of an alert lies."""
    return settings.home / "alerts" / f"{alert.name}.atom"


def write_feed(settings: Settings, alert: Alert, digests: Iterable[Digest], now: datetime) -> None:
    """Replace the feed file by one of these digests, whole or not at all. Raises Unavailable."""
    file = feed_file(settings, alert)
    partial = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            stream.write(alert_digest.feed(alert, digests, now))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    except OSError as error:
        raise Unavailable(
            f"{file}: cannot be written ({error.strerror}). Check the disk and its permissions."
        ) from error


def send_mail(settings: Settings, alert: Alert, digest: Digest, channel: Channel) -> None:
    """Send one digest to one mailbox; the mail server's yes ends it. Raises ConfigurationError and Unavailable."""
    if not settings.smtp_host or not settings.smtp_from:
        raise ConfigurationError("E-mail needs MECMUA_SMTP_HOST and MECMUA_SMTP_FROM.")
    mail = alert_digest.message(alert, digest, channel, settings.smtp_from)
    server = f"mail server {settings.smtp_host}:{settings.smtp_port}"
    try:
        with _mail_server(settings) as smtp:
            smtp.send_message(mail, settings.smtp_from, [channel.target])
    except smtplib.SMTPAuthenticationError as error:
        raise ConfigurationError(f"{server} refuses MECMUA_SMTP_USERNAME and MECMUA_SMTP_PASSWORD.") from error
    except smtplib.SMTPNotSupportedError as error:
        raise ConfigurationError(f"{server}: {error} Without TLS, set MECMUA_SMTP_STARTTLS=false.") from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise Unavailable(f"{server} does not take {channel.target}: {code} {said.decode(errors='replace')}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"{server}: {error}") from error


@contextlib.contextmanager
def _mail_server(settings: Settings) -> Iterator[smtplib.SMTP]:
    host = str(settings.smtp_host)
    context = ssl.create_default_context()
    if settings.smtp_port == _TLS_PORT:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, settings.smtp_port, timeout=_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(host, settings.smtp_port, timeout=_SECONDS)
    try:
        if settings.smtp_starttls and settings.smtp_port != _TLS_PORT:
            smtp.starttls(context=context)
        if settings.smtp_username:
            password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
            smtp.login(settings.smtp_username, password)
        yield smtp
    finally:
        # The message is taken or refused by now: a server that fails at QUIT changes nothing.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def post(settings: Settings, alert: Alert, digest: Digest, channel: Channel) -> None:
    """POST one digest to a web address; an answer of 2xx ends it.

    Only addresses that the crawler's guard lets through are connected to, and redirects are not followed. Raises
    Rejected (forbidden_address …) and Unavailable.
    """
    check_url(channel.target)
    body = alert_digest.payload(alert, digest)
    try:
        status = asyncio.run(_post(settings, channel.target, body, alert_digest.key(digest, channel)))
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError, TimeoutError) as error:
        raise Unavailable(f"{channel.label}: {str(error) or type(error).__name__}") from error
    if not 200 <= status < 300:
        raise Unavailable(f"{channel.label} answers HTTP {status}")


async def _post(settings: Settings, url: str, body: bytes, key: str) -> int:
    headers = {
        "Host": urlsplit(url).netloc,
        "User-Agent": settings.agent,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        # IETF draft httpapi-idempotency-key-header: a quoted string
        "Idempotency-Key": f'"{key}"',
    }
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    backend = GuardedBackend(settings.allow_private_hosts)
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), _SECONDS)
    async with (
        asyncio.timeout(2 * _SECONDS),
        httpcore.AsyncConnectionPool(ssl_context=context, network_backend=backend) as pool,
        pool.stream(
            "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts}
        ) as response,
    ):
        return int(response.status)
