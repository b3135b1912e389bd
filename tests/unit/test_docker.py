"""The compose stack without an engine: files against their schemas, settings, and the init steps run for real."""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
TEXTS = {
    file.name: file.read_text(encoding="utf-8")
    for file in DOCKER.iterdir()
    if file.name in ("Dockerfile", "compose.yaml", "entrypoint.sh", "secrets.sh", "databases.sh", "bootstrap.py")
}
COMPOSE: dict[str, Any] = yaml.safe_load(TEXTS["compose.yaml"])
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
INIT_STEPS = {"certificates", "accounts", "migrate"}


def check_compose(document: Any) -> None:
    """Raises jsonschema.ValidationError where a compose file does not follow the Compose Specification."""
    # check-jsonschema carries compose-spec.json as the Compose Specification publishes it (Apache-2.0)
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(document)


def environment_of(service: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in service.get("environment", {}).items()}


# --- compose.yaml ----------------------------------------------------------------------------------------------------


def test_compose_file_follows_the_compose_specification() -> None:
    check_compose(COMPOSE)


def test_the_specification_refuses_a_broken_compose_file() -> None:
    broken = yaml.safe_load(TEXTS["compose.yaml"])
    broken["services"]["kibana"]["prots"] = []
    with pytest.raises(jsonschema.ValidationError, match="prots"):
        check_compose(broken)


def test_the_stack_has_the_services_of_airflow_3_and_the_stores() -> None:
    airflow = {"api-server", "scheduler", "dag-processor", "triggerer"}
    assert SERVICES.keys() == airflow | INIT_STEPS | {"postgres", "elasticsearch", "kibana", "mecmua"}
    for name in airflow:
        assert SERVICES[name]["command"][:2] == ["airflow", name]
    assert SERVICES["elasticsearch"]["image"] == "elasticsearch:${STACK_VERSION:-9.2.8}"
    assert SERVICES["kibana"]["image"] == "kibana:${STACK_VERSION:-9.2.8}"


def test_every_port_is_bound_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not any("network_mode" in service or service.get("privileged") for service in SERVICES.values())


def test_what_is_waited_for_exists_and_can_fulfil_its_condition() -> None:
    for name, service in SERVICES.items():
        for other, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}, which has no health check"
            else:
                assert wanted["condition"] == "service_completed_successfully"
                assert SERVICES[other]["restart"] == "no", f"{name} waits for the end of {other}, which never ends"


def test_no_service_waits_for_itself_in_a_circle() -> None:
    def behind(name: str, seen: tuple[str, ...] = ()) -> None:
        assert name not in seen, " → ".join((*seen, name))
        for other in SERVICES[name].get("depends_on", {}):
            behind(other, (*seen, name))

    for name in SERVICES:
        behind(name)


def test_every_lasting_service_is_checked_and_restarted() -> None:
    for name, service in SERVICES.items():
        if name not in INIT_STEPS | {"mecmua"}:
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name


def test_volumes_are_declared_and_used_and_files_are_there() -> None:
    mounted = [entry.split(":")[0] for service in SERVICES.values() for entry in service.get("volumes", [])]
    named = {entry for entry in mounted if not entry.startswith(".")}
    assert named == COMPOSE["volumes"].keys()
    for entry in mounted:
        assert entry in named or (DOCKER / entry).exists(), entry


def test_security_is_on_everywhere() -> None:
    engine = environment_of(SERVICES["elasticsearch"])
    for switch in ("xpack.security.enabled", "xpack.security.http.ssl.enabled", "xpack.security.transport.ssl.enabled"):
        assert engine[switch] == "true"
    for service in SERVICES.values():
        variables = environment_of(service)
        assert variables.get("MECMUA_ELASTICSEARCH_URL", "https://").startswith("https://")
        # the superuser's password goes to the engine and to the step that makes the other accounts, nowhere else
        if service is not SERVICES["elasticsearch"] and service is not SERVICES["accounts"]:
            assert "ELASTIC_PASSWORD" not in variables


# --- variables -------------------------------------------------------------------------------------------------------


def test_every_mecmua_variable_is_a_setting() -> None:
    settings = {f"MECMUA_{name.upper()}" for name in Settings.model_fields}
    for name, text in TEXTS.items():
        unknown = set(re.findall(r"\bMECMUA_[A-Z_]+", text)) - settings
        assert not unknown, f"{name}: {unknown}"


def test_settings_take_the_values_that_compose_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment_of(SERVICES["scheduler"]).items():
        if name.startswith("MECMUA_"):
            monkeypatch.setenv(name, re.sub(r"\$\{\w+:[-?]?([^}]*)\}", lambda found: found[1].split(" ")[0], value))
    settings = Settings()
    assert settings.home == Path("/var/lib/mecmua")
    assert settings.state_url.startswith("postgresql+psycopg://mecmua:")
    assert (settings.index, settings.workers) == ("articles", 2)
    assert settings.elasticsearch_ca_certs == Path("/certs/ca.crt")


def test_every_airflow_variable_is_an_option_of_the_installed_airflow() -> None:
    spec = importlib.util.find_spec("airflow")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("Airflow is not installed (extra: airflow)")
    places = [Path(place) / "config_templates" / "config.yml" for place in spec.submodule_search_locations]
    options = yaml.safe_load(next(place for place in places if place.exists()).read_text(encoding="utf-8"))
    used = {name for text in TEXTS.values() for name in re.findall(r"\bAIRFLOW__[A-Z_]+", text)}
    assert "AIRFLOW__API_AUTH__JWT_SECRET" in used
    for variable in used:
        section, option = variable.removeprefix("AIRFLOW__").lower().split("__")
        assert option in options[section]["options"], f"{variable}: Airflow has no such option"


def test_all_airflow_components_share_their_secrets() -> None:
    shared = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY")
    components = ("api-server", "scheduler", "dag-processor", "triggerer", "migrate")
    for variable in shared:
        values = {environment_of(SERVICES[name])[variable] for name in components}
        assert len(values) == 1 and ":?" in values.pop()


def test_the_pool_of_the_dag_is_made_before_the_scheduler_starts() -> None:
    dag = (ROOT / "dags" / "nightly_crawl.py").read_text(encoding="utf-8")
    (pool,) = re.findall(r'^POOL = "(\w+)"$', dag, re.MULTILINE)
    assert f"airflow pools set {pool} " in SERVICES["migrate"]["command"][-1]
    assert SERVICES["scheduler"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


# --- secrets.sh ------------------------------------------------------------------------------------------------------


@pytest.fixture
def secrets(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    folder = tmp_path / "with spaces"
    folder.mkdir()
    shutil.copy(DOCKER / "secrets.sh", folder)
    subprocess.run(["sh", str(folder / "secrets.sh")], check=True, capture_output=True)
    yield folder, dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())


def test_secrets_are_what_compose_asks_for_and_random(secrets: tuple[Path, dict[str, str]]) -> None:
    folder, written = secrets
    asked = set(re.findall(r"\$\{(\w+):\?", TEXTS["compose.yaml"]))
    assert asked == written.keys()
    assert len(set(written.values())) == len(written)
    assert all(len(value) >= 24 for value in written.values())
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    # they stand in URLs and in an env file: nothing that either would read otherwise
    assert all(re.fullmatch(r"[\w=-]+", value) for value in written.values())


def test_the_fernet_key_is_one(secrets: tuple[Path, dict[str, str]]) -> None:
    from cryptography.fernet import Fernet

    key = Fernet(secrets[1]["AIRFLOW_FERNET_KEY"])
    assert key.decrypt(key.encrypt(b"gizli")) == b"gizli"


def test_existing_secrets_are_kept_and_missing_ones_added(secrets: tuple[Path, dict[str, str]]) -> None:
    folder, written = secrets
    kept = {**written, "ELASTIC_PASSWORD": "my-own"}
    del kept["AIRFLOW_JWT_SECRET"]
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in kept.items()) + "MECMUA_CONTACT=x\n")
    subprocess.run(["sh", str(folder / "secrets.sh")], check=True, capture_output=True)
    again = dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())
    assert {**again, "AIRFLOW_JWT_SECRET": ""} == {**kept, "MECMUA_CONTACT": "x", "AIRFLOW_JWT_SECRET": ""}
    assert len(again["AIRFLOW_JWT_SECRET"]) == 128


def test_secrets_stay_out_of_git_and_of_the_image() -> None:
    assert ".env" in (DOCKER / ".gitignore").read_text().splitlines()
    assert (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()[1] == "*"


# --- Dockerfile ------------------------------------------------------------------------------------------------------


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = re.findall(r"^USER (\S+)$", TEXTS["Dockerfile"], re.MULTILINE)
    assert users and not users[-1].startswith(("0", "root"))


def test_what_the_image_copies_is_there_and_in_the_build_context() -> None:
    allowed = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", TEXTS["Dockerfile"], re.MULTILINE)
    for source in {word for line in copies for word in line.split()}:
        assert f"!{source}" in allowed, f"{source} is not in the build context"
        if source != "README.md":  # written with the rest of the documentation
            assert (ROOT / source).exists(), source


def requirements() -> list[Requirement]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = re.findall(r'"\.\[([\w,]+)\]"', TEXTS["Dockerfile"])[-1].split(",")
    assert {"airflow", "postgres"} <= set(extras)
    lists = [config["options"]["install_requires"], *(config["options.extras_require"][name] for name in extras)]
    lines = [line.strip() for text in lists for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_constraints_name_a_fitting_version_of_every_dependency() -> None:
    lines = (DOCKER / "constraints.txt").read_text().splitlines()
    pinned = {Requirement(line).name.lower().replace("_", "-"): line.split("==")[1] for line in lines if "==" in line}
    for requirement in requirements():
        name = requirement.name.lower().replace("_", "-")
        assert name in pinned, f"{name} is not in docker/constraints.txt"
        assert requirement.specifier.contains(Version(pinned[name].split(";")[0].strip())), requirement


def test_the_image_has_the_versions_that_the_tests_ran_with() -> None:
    image, tested = (
        dict(
            line.split(";")[0].strip().lower().replace("_", "-").split("==")
            for line in text.splitlines()
            if "==" in line
        )
        for text in ((DOCKER / "constraints.txt").read_text(), (ROOT / "constraints.txt").read_text())
    )
    differing = {name for name in image.keys() & tested.keys() if image[name] != tested[name]}
    assert not differing


@pytest.mark.parametrize("script", ["entrypoint.sh", "secrets.sh", "databases.sh"])
def test_shell_scripts_parse(script: str) -> None:
    subprocess.run(["sh", "-n", str(DOCKER / script)], check=True, capture_output=True)


@pytest.mark.parametrize("made", [True, False])
def test_the_entrypoint_hands_the_keys_to_the_command(tmp_path: Path, made: bool) -> None:
    if made:
        (tmp_path / "elasticsearch.key").write_text("ZWw=")
        (tmp_path / "kibana.key").write_text("a2k=")
    show = [sys.executable, "-c", "import os, sys; print(os.environ.get('MECMUA_KIBANA_API_KEY'), sys.argv[1:])", "a b"]
    run = subprocess.run(
        ["sh", str(DOCKER / "entrypoint.sh"), *show],
        env={"PATH": os.environ["PATH"], "KEYS_FOLDER": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == f"{'a2k=' if made else None} ['a b']"


# --- bootstrap.py ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bootstrap() -> Any:
    spec = importlib.util.spec_from_file_location("bootstrap", DOCKER / "bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def handshake(folder: Path, host: str) -> str:
    """One TLS connection with the made certificate, checked against the made CA; returns its common name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "node.crt", folder / "node.key")
    client = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        failures: list[Exception] = []

        def answer() -> None:
            try:
                server.wrap_socket(theirs, server_side=True).close()
            except (ssl.SSLError, OSError) as error:
                failures.append(error)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            with client.wrap_socket(ours, server_hostname=host) as tls:
                subject = dict(pair[0] for pair in tls.getpeercert()["subject"])  # type: ignore[index,misc]  # stdlib's union
        finally:
            ours.close()
            thread.join()
    return str(subject["commonName"])


def test_certificates_hold_a_tls_handshake_for_the_names_in_use(bootstrap: Any, tmp_path: Path) -> None:
    bootstrap.certificates(tmp_path, tmp_path, datetime.now(UTC))
    for host in ("elasticsearch", "localhost", "127.0.0.1"):
        assert handshake(tmp_path, host) == "elasticsearch"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, "kibana")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"ca.crt": 0o644, "ca.key": 0o600, "node.crt": 0o644, "node.key": 0o640}


def test_certificates_are_kept_until_their_last_month_and_the_ca_beyond(bootstrap: Any, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    bootstrap.certificates(tmp_path, tmp_path, now)
    first = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    bootstrap.certificates(tmp_path, tmp_path, now + timedelta(days=600))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == first
    bootstrap.certificates(tmp_path, tmp_path, now + timedelta(days=701))
    later = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert {name for name in first if first[name] != later[name]} == {"node.crt", "node.key"}


def test_the_key_of_the_ca_is_mounted_by_its_step_alone() -> None:
    assert SERVICES["certificates"]["command"][-2:] == ["/certs", "/authority"]
    holders = [name for name, service in SERVICES.items() if "authority:/authority" in service.get("volumes", [])]
    assert holders == ["certificates"]


class SecurityDouble:
    """Answers like the few calls of Elasticsearch's security API that the init step makes."""

    def __init__(self, unready: int = 0) -> None:
        self.unready = unready
        self.keys: dict[str, tuple[str, Any]] = {}
        self.passwords: dict[str, str] = {}

    def __call__(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        if path.startswith("/_cluster/health"):
            self.unready -= 1
            return (0, "Connection refused") if self.unready >= 0 else (200, {"status": "green"})
        if path == "/_security/user/kibana_system/_password":
            self.passwords["kibana_system"] = body["password"]
            return 200, {}
        if path == "/_security/_authenticate":
            return (200, {}) if key in {encoded for encoded, _ in self.keys.values()} else (401, "")
        if path == "/_security/api_key" and method == "DELETE":
            return (200, {}) if self.keys.pop(body["name"], None) else (404, "")
        assert (method, path) == ("POST", "/_security/api_key")
        encoded = f"key-{len(self.keys)}-{os.urandom(4).hex()}"
        self.keys[body["name"]] = encoded, body["role_descriptors"]
        return 200, {"id": "i", "encoded": encoded}


def test_accounts_are_made_once_and_again_when_they_no_longer_fit(bootstrap: Any, tmp_path: Path) -> None:
    engine = SecurityDouble(unready=2)
    done = bootstrap.accounts(tmp_path, engine, "pw", "articles", patience=1.0)
    assert done[1:] == ["elasticsearch.key is made", "kibana.key is made"]
    assert engine.passwords == {"kibana_system": "pw"}
    first = (tmp_path / "elasticsearch.key").read_text()
    assert first == engine.keys["mecmua-elasticsearch-articles"][0]
    assert stat.S_IMODE((tmp_path / "elasticsearch.key").stat().st_mode) == 0o640
    again = bootstrap.accounts(tmp_path, engine, "pw", "articles", patience=1.0)
    assert again[1:] == ["elasticsearch.key is kept", "kibana.key is kept"]
    engine.keys.clear()  # the engine's volume was thrown away
    bootstrap.accounts(tmp_path, engine, "pw", "articles", patience=1.0)
    assert (tmp_path / "elasticsearch.key").read_text() not in (first, "")
    (tmp_path / "elasticsearch.role.json").write_text("{}")  # an older version asked for other privileges
    assert bootstrap.accounts(tmp_path, engine, "pw", "articles", patience=1.0)[1] == "elasticsearch.key is made"


def test_keys_have_the_least_privileges(bootstrap: Any) -> None:
    roles = bootstrap.roles("articles")
    (mecmua,) = roles["elasticsearch"].values()
    assert mecmua["cluster"] == ["monitor"]
    assert mecmua["indices"] == [{"names": ["articles", "articles-*"], "privileges": ["manage", "read", "write"]}]
    (kibana,) = roles["kibana"].values()
    assert (kibana["cluster"], kibana["indices"]) == ([], [])
    assert kibana["applications"][0]["resources"] == ["space:default"]


def test_an_engine_that_never_comes_or_refuses_ends_the_step(bootstrap: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not ready after 0 s: 0 Connection refused"):
        bootstrap.accounts(tmp_path, SecurityDouble(unready=99), "pw", "articles", patience=0.1)
    with pytest.raises(SystemExit, match=r"another docker/\.env"):
        bootstrap.accounts(tmp_path, lambda *_, **__: (401, ""), "pw", "articles", patience=0.1)


def test_airflows_administrator_gets_the_password_of_the_env_file(bootstrap: Any, tmp_path: Path) -> None:
    bootstrap.login(tmp_path / "passwords.json", "gizli")
    assert json.loads((tmp_path / "passwords.json").read_text()) == {"admin": "gizli"}
