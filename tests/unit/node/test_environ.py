"""The variables that sessions, the main program and services get, and their forms."""

from pathlib import Path

import pytest
from node.boot import environ
from node.contract.variables import CONTRACT_NAMES, SECRETS


def encoded(values: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in values.items()}


def parsed(data: bytes) -> dict[bytes, bytes]:
    return dict(entry.split(b"=", 1) for entry in data.split(b"\0")[:-1])


def test_values_pass_byte_for_byte(hostile: dict[str, str]) -> None:
    values = {**encoded(hostile), b"NOT_TEXT": b"\xff\xfe"}
    assert parsed(environ.nul_separated(environ.for_sessions(values))) == values


def test_no_variable_of_the_contract_reaches_a_session() -> None:
    contract = dict.fromkeys((*CONTRACT_NAMES, "TS_FUTURE_SECRET", "TAILSCALE_FUTURE_KEY"), "secret")
    assert environ.for_sessions(encoded({**contract, "NODE_ENV": "production"})) == {
        b"NODE_ENV": b"production"
    }
    assert environ.for_main_program(encoded({**contract, "TERM": "xterm"})) == {b"TERM": b"xterm"}
    assert set(SECRETS) < CONTRACT_NAMES


def test_ts_nodes_variables_are_not_tailscaleds() -> None:
    given = encoded({"TS_NODE_PROJECT": "tsconfig.json", "TS_NODE_TRANSPILE_ONLY": "1"})
    assert environ.for_sessions(given) == environ.for_main_program(given) == given


def test_a_sessions_own_variables_do_not_come_from_the_container() -> None:
    names = [
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "MAIL",
        "TERM",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "DISPLAY",
        "SSH_CONNECTION",
        "SSH_AUTH_SOCK",
        "XDG_RUNTIME_DIR",
    ]
    passed = {
        "XDG_CACHE_HOME": "/cache",
        "HOSTNAME": "h",
        "LANG": "C.UTF-8",
        "SSH_PRIVATE_KEY": "k",
        "SSH_KEY_PATH": "/k",
    }
    assert environ.for_sessions(encoded({**dict.fromkeys(names, "x"), **passed})) == encoded(passed)


def test_sudo_restores_the_loaders_variables() -> None:
    values = {"LD_LIBRARY_PATH": "/opt/x/lib", "LD_DEBUG": "a\nPATH=/evil", "PATH": "/bin"}
    assert environ.for_sudo(encoded(values)) == b'LD_LIBRARY_PATH="/opt/x/lib"\n'


def test_services_get_a_clean_environment() -> None:
    outer = {"TS_AUTHKEY": "tskey-auth-x", "PATH": "/evil", "JUPYTER_TOKEN": "t", "SSL_CERT_FILE": "/ca.pem"}
    services = environ.for_services({**outer, "https_proxy": "http://proxy:3128"})
    assert set(services) == {"PATH", "HOME", "https_proxy", "SSL_CERT_FILE"}
    assert "/evil" not in services["PATH"]


@pytest.mark.parametrize(
    "proxy", ["http://127.0.0.1:1055", "localhost:1055", "http://u:p@localhost:1055/", "http://[::1]:1055"]
)
def test_tailscaled_is_never_its_own_proxy(proxy: str) -> None:
    assert "HTTPS_PROXY" not in environ.for_services({"HTTPS_PROXY": proxy})
    assert "HTTPS_PROXY" in environ.for_services({"HTTPS_PROXY": proxy.replace("1055", "3128")})


def test_the_driver_of_windows_is_found_where_it_is_mounted(tmp_path: Path) -> None:
    wsl = str(tmp_path)
    given = {b"PATH": b"/opt/venv/bin:/bin", b"HOME": b"/root"}
    entry = wsl.encode()
    expected = {b"PATH": b"/opt/venv/bin:/bin:" + entry, b"LD_LIBRARY_PATH": entry}
    assert environ.wsl_paths(given, wsl) == expected
    assert environ.wsl_paths(given | expected, wsl) == expected
    assert environ.wsl_paths(given, f"{wsl}/absent") == {}
