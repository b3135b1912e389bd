"""Settings: the environment (prefix MECMUA_) over mecmua.toml over defaults. Command-line flags win over both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pipeline.errors import ConfigurationError

VERSION = "0.1.0"
HOMEPAGE = "https://github.com/mecmua/mecmua"


class Settings(BaseSettings):
    """Every setting Mecmua reads; each field's name, in capitals behind MECMUA_, is its environment variable."""

    model_config = SettingsConfigDict(env_prefix="MECMUA_", extra="ignore", frozen=True, toml_file="mecmua.toml")

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("mecmua", appauthor=False)))
    elasticsearch_url: str | None = None  # None: the local node
    elasticsearch_api_key: SecretStr | None = None
    elasticsearch_username: str | None = None
    elasticsearch_password: SecretStr | None = None
    elasticsearch_ca_certs: Path | None = None
    kibana_url: str | None = None
    kibana_api_key: SecretStr | None = None
    database_url: SecretStr | None = None  # None: SQLite in HOME
    archive_url: str | None = None  # None: a folder in HOME
    sources: Path | None = None  # None: the catalogue that ships
    index: str = "articles"
    index_shards: int = Field(
        default=1, ge=1, le=1024
    )  # of the next index that is made; docs/operations.md says how many
    allow_private_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    user_agent: str | None = None
    contact: str | None = None
    serve_hosts: Annotated[tuple[str, ...], NoDecode] = ()  # names under which the search page may be changed
    serve_url: str | None = None  # where readers open the search page; Kibana links there
    chromium: Path | None = None  # None: the first on the PATH; for sources with render: true
    chromium_sandbox: bool = True  # root has none in any case
    workers: int = Field(default_factory=lambda: max(1, os.cpu_count() or 1), ge=1, le=256)
    smtp_host: str | None = None  # None: alerts send no e-mail
    smtp_port: int = Field(default=587, ge=1, le=65535)  # 465 speaks TLS from the first byte
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None  # sender's address; needed with smtp_host
    smtp_starttls: bool = True
    engine_heap: str = Field(default="512m", pattern=r"^\d+[mg]$")

    @field_validator("allow_private_hosts", "serve_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("serve_url", mode="after")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        """An address of the web, without a slash at its end; an empty one is none."""
        if value and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).hostname):
            raise ValueError("is no address; write https://mecmua.example.org")
        return value.rstrip("/") if value else None

    @field_validator("home", "sources", "elasticsearch_ca_certs", "chromium", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def state_url(self) -> str:
        """SQLAlchemy URL of the state database; may hold a password, so never print it."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'state.db'}"

    @property
    def has_state(self) -> bool:
        """False where nothing was ever written here: no database is named and the local one is not there."""
        return self.database_url is not None or (self.home / "state.db").exists()

    @property
    def spool(self) -> Path:
        """Where WARC files are written before they are closed and moved to the archive."""
        return self.home / "spool"

    @property
    def archive(self) -> str:
        """fsspec URL (or path) of the closed WARC files."""
        return self.archive_url or str(self.home / "archive")

    @property
    def agent(self) -> str:
        """The User-Agent header: who we are and how to reach whoever runs this."""
        return self.user_agent or f"mecmua/{VERSION} (+{self.contact or HOMEPAGE})"


def load_settings(**overrides: Any) -> Settings:
    """The settings now in force. Raises ConfigurationError that names the variable and what it expects."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(
            f"MECMUA_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}" for item in error.errors()
        )
        raise ConfigurationError(f"settings: {problems}. Set them in the environment or in mecmua.toml.") from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"settings: mecmua.toml cannot be read: {error}") from error
