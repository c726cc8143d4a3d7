"""The unit and the container file: what can be checked of them without running either."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path

import pytest

from bot.cli.main import STOPPED, USAGE
from bot.gateway.transport import CONNECT_TIMEOUT, READ_TIMEOUT, SLOWEST_UPLOAD
from bot.pictures.judge import MAX_BYTES
from tests.support.processes import ROOT

DEPLOY = ROOT / "deploy"
LONGEST_CALL = timedelta(seconds=CONNECT_TIMEOUT + READ_TIMEOUT + MAX_BYTES / SLOWEST_UPLOAD)
SECTIONS = {
    "Unit": {"Description", "Wants", "After", "StartLimitIntervalSec"},
    "Install": {"WantedBy"},
    "Service": {
        *("Type", "User", "Group", "WorkingDirectory", "StateDirectory", "StateDirectoryMode"),
        *("UMask", "ExecStart", "KillSignal", "KillMode", "TimeoutStopSec", "Restart"),
        *("RestartSec", "RestartPreventExitStatus", "NoNewPrivileges", "CapabilityBoundingSet"),
        *("AmbientCapabilities", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices"),
        *("ProtectProc", "ProcSubset", "ProtectClock", "ProtectControlGroups", "ProtectHostname"),
        *("ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables"),
        *("LockPersonality", "RemoveIPC", "RestrictAddressFamilies", "RestrictNamespaces"),
        *("RestrictRealtime", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallFilter"),
        "SystemCallErrorNumber",
    },
}
"""What the unit may say; a misspelt name would be ignored by systemd with a warning."""


def unit() -> dict[str, list[str]]:
    """Read the unit strictly: sections, names and values, lists for what comes twice."""
    found: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in (DEPLOY / "gazette.service").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            assert section in SECTIONS, line
            continue
        name, is_set, value = line.partition("=")
        assert is_set, line
        assert name in SECTIONS[section], line
        assert line == line.strip(), line
        found[name].append(value)
    return found


def instructions() -> list[tuple[str, str]]:
    """Read the container file: instructions and what follows, lines joined."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text)).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


def test_the_unit_runs_the_bot_in_its_state_directory() -> None:
    said = unit()
    (command,) = said["ExecStart"]
    assert Path(command.split()[0]).is_absolute()
    assert command.endswith("/gazette run")
    assert said["WorkingDirectory"] == [f"/var/lib/{said['StateDirectory'][0]}"]
    assert said["User"] == ["gazette"]
    assert said["UMask"] == ["0077"]


def test_the_unit_waits_for_the_longest_call_before_it_kills() -> None:
    said = unit()
    assert said["KillSignal"] == ["SIGTERM"]
    assert said["KillMode"] == ["mixed"]
    assert timedelta(seconds=int(said["TimeoutStopSec"][0])) > LONGEST_CALL


def test_the_unit_tries_again_unless_that_cannot_help() -> None:
    said = unit()
    assert said["Restart"] == ["on-failure"]
    assert said["RestartPreventExitStatus"] == [f"{USAGE} {STOPPED}"]
    assert said["StartLimitIntervalSec"] == ["0"]


def test_the_container_file_keeps_the_rules() -> None:
    said = instructions()
    for name, rest in said:
        if name == "FROM":
            assert re.match(r"^docker\.io/library/python:\d+\.\d+\.\d+-slim-\w+( AS \w+)?$", rest)
        if name in ("ENTRYPOINT", "CMD", "VOLUME"):
            assert rest.startswith("["), f"{name} in the form that runs no shell"
        if name == "RUN" and "pip install" in rest:
            assert "--no-deps" in rest
            assert "--require-hashes" in rest or "--no-index" in rest
        assert name != "ADD"
        assert not re.search(r"(?i)token|password|secret|api_key", rest), rest
    last = dict(said[max(n for n, (name, _) in enumerate(said) if name == "FROM") :])
    assert last["USER"].isdecimal(), "a number: orchestrators can tell that it is not root"
    assert int(last["USER"]) > 0
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert last["ENTRYPOINT"] == '["gazette"]'
    assert "VOLUME" in last


def test_the_container_file_copies_what_is_there_and_no_more_is_sent_to_the_builder() -> None:
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY"]
    sources = {one for part in copied for one in part if not one.startswith(("--from", "/"))}
    for source in sources:
        assert (ROOT / source).exists(), source
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == sources
    after = rules[max(n for n, rule in enumerate(rules) if rule.startswith("!")) + 1 :]
    for secret in (".env", ".env.local", "gazette.db", "gazette.db-wal"):
        assert any(fnmatch(secret, rule.removeprefix("**/")) for rule in after), secret


def test_the_documents_give_every_runtime_the_time_to_stop() -> None:
    seconds = unit()["TimeoutStopSec"][0]
    document = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert f"--stop-timeout {seconds}" in document
    assert f"stop_grace_period: {seconds}s" in document


@pytest.mark.long
@pytest.mark.timeout(180)
def test_the_installed_package_works_without_its_checkout(tmp_path: Path) -> None:
    """What the container file does last, by the same command."""
    sources = tmp_path / "src"
    sources.mkdir()
    for name in ("bot", "seeds"):
        shutil.copytree(ROOT / name, sources / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    how = ("--no-deps", "--no-build-isolation", "--no-index", "--target", str(tmp_path / "site"))
    subprocess.run([*pip, *how, "."], cwd=sources, check=True)
    shutil.rmtree(sources)
    said = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--once"],
        cwd=tmp_path / "site",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "── posted to Gazette Daily" in said.stdout
