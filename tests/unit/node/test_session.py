"""The session shell, compiled and run: it passes the node's environment to the real shell."""

import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from node.boot import environ
from node.contract.variables import SECRETS

from builder.build import go_programs
from builder.pipeline.workspace import Workspace

Session = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session shell of the image, which reads its environment file elsewhere."""
    binary = tmp_path_factory.mktemp("session") / "session"
    go = go_programs.toolchain(Workspace.open().facts.versions)
    paths = {"environFile": "environ", "localeDir": "locale", "terminfoDirs": "terminfo"}
    flags = " ".join(f"-X main.{name}={binary.parent}/{path}" for name, path in paths.items())
    command = [go, "build", "-ldflags", flags, "-o", str(binary)]
    subprocess.run(
        command, cwd=go_programs.session_module(), env={**os.environ, "CGO_ENABLED": "0"}, check=True
    )
    return binary


@pytest.fixture
def environ_file(program: Path) -> Path:
    """The environment file, absent at first."""
    file = program.parent / "environ"
    file.unlink(missing_ok=True)
    return file


def write(file: Path, values: Mapping[str, str]) -> None:
    file.write_bytes(environ.nul_separated({k.encode(): v.encode() for k, v in values.items()}))


def session(program: Path, own: Mapping[str, str], name: str = "session") -> list[str]:
    """The environment entries of `env -0` in a session that starts with `own`."""
    process = subprocess.run(
        [name, "-c", "exec env -0"],
        executable=program,
        env=dict(own),
        capture_output=True,
        check=True,
    )
    return process.stdout.decode().split("\0")[:-1]


def as_dict(entries: list[str]) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in entries)


def test_hostile_values_arrive_byte_for_byte(
    program: Path, environ_file: Path, hostile: dict[str, str]
) -> None:
    write(environ_file, hostile)
    received = as_dict(session(program, {}))
    assert {name: received.get(name) for name in hostile} == hostile


NAMES = st.from_regex(r"R_[A-Za-z0-9_.\-]{0,20}", fullmatch=True)
VALUES = st.binary(max_size=200).map(lambda value: value.replace(b"\0", b""))
ENVIRONMENTS = st.dictionaries(NAMES.map(str.encode), VALUES, max_size=12)
SHARED_FIXTURES = [HealthCheck.function_scoped_fixture]


def random_variables(program: Path, home: Path, *arguments: str) -> dict[bytes, bytes]:
    own = {"PATH": "/bin:/usr/bin", "HOME": str(home)}
    process = subprocess.run([program, *arguments], env=own, capture_output=True, check=True)
    entries = (entry.partition(b"=") for entry in process.stdout.split(b"\0")[:-1])
    return {name: value for name, _, value in entries if name.startswith(b"R_")}


def arrives(program: Path, environ_file: Path, values: dict[bytes, bytes]) -> None:
    home = program.parent / "home-env"
    if not home.exists():
        choose(home, shutil.which("env") or "/usr/bin/env")
    environ_file.write_bytes(environ.nul_separated(values))
    assert random_variables(program, home, "-0") == values


@settings(max_examples=200, deadline=None, suppress_health_check=SHARED_FIXTURES)
@given(values=ENVIRONMENTS)
def test_any_environment_arrives_byte_for_byte(
    program: Path, environ_file: Path, values: dict[bytes, bytes]
) -> None:
    arrives(program, environ_file, values)


@pytest.mark.deep
@settings(max_examples=2000, deadline=None, suppress_health_check=SHARED_FIXTURES)
@given(values=ENVIRONMENTS)
def test_two_thousand_environments_arrive_byte_for_byte(
    program: Path, environ_file: Path, values: dict[bytes, bytes]
) -> None:
    arrives(program, environ_file, values)


@settings(max_examples=200, deadline=None, suppress_health_check=SHARED_FIXTURES)
@given(values=ENVIRONMENTS)
def test_bash_hands_any_environment_on(program: Path, environ_file: Path, values: dict[bytes, bytes]) -> None:
    environ_file.write_bytes(environ.nul_separated(values))
    assert random_variables(program, program.parent, "-c", "exec env -0") == values


@pytest.mark.usefixtures("known")
def test_the_file_wins_and_no_name_appears_twice(program: Path, environ_file: Path) -> None:
    write(environ_file, {"PATH": "/opt/venv/bin:/usr/bin:/bin", "PLAIN": "node", "A": "1"})
    entries = session(
        program, {"PATH": "/usr/bin", "PLAIN": "old", "TERM": "xterm", "SHELL": "/opt/x", "HOME": "/h"}
    )
    names = [entry.partition("=")[0] for entry in entries]
    received = as_dict(entries)
    assert len(names) == len(set(names))
    assert received["PATH"] == "/opt/venv/bin:/usr/bin:/bin"
    assert (received["PLAIN"], received["TERM"], received["HOME"]) == ("node", "xterm", "/h")
    assert received["SHELL"] == "/bin/bash"


def test_names_with_the_same_start_are_different_names(program: Path, environ_file: Path) -> None:
    write(environ_file, {"AB": "file"})
    received = as_dict(session(program, {"A": "own", "ABC": "own", "PATH": "/bin"}))
    assert (received["A"], received["AB"], received["ABC"]) == ("own", "file", "own")


@pytest.mark.parametrize("content", [None, b"", b"NO_EQUALS\0=nameless\0", b"LAST=unended"])
def test_a_session_survives_a_missing_or_odd_file(
    program: Path, environ_file: Path, content: bytes | None
) -> None:
    if content is not None:
        environ_file.write_bytes(content)
    received = as_dict(session(program, {"KEEP": "me", "PATH": "/bin:/usr/bin"}))
    assert received["KEEP"] == "me"
    assert received.get("LAST") == ("unended" if content == b"LAST=unended" else None)


def test_a_changed_value_reaches_children(program: Path, environ_file: Path) -> None:
    write(environ_file, {"PLAIN": "boot"})
    script = 'PLAIN=changed "$SHELL" -c "echo \\$PLAIN"'
    process = subprocess.run(
        [program, "-c", script], env={"PATH": "/bin"}, capture_output=True, text=True, check=True
    )
    assert process.stdout == "changed\n"


def test_secrets_of_the_container_do_not_reach_a_session(program: Path, environ_file: Path) -> None:
    write(environ_file, {})
    secret = dict.fromkeys((*SECRETS, *(f"{name}_FILE" for name in SECRETS), "NODE_IDENTITY"), "s3cret")
    assert "s3cret" not in str(session(program, {**secret, "PATH": "/bin"}))


@pytest.mark.parametrize(("called", "expected"), [("-session", "-bash"), ("session", "bash")])
def test_a_login_shell_stays_a_login_shell(
    program: Path, environ_file: Path, called: str, expected: str
) -> None:
    write(environ_file, {})
    command = [called, "-c", "echo $0"]
    process = subprocess.run(
        command, executable=program, env={"PATH": "/bin"}, capture_output=True, text=True, check=True
    )
    assert process.stdout.strip() == expected


def test_exit_code_and_stdin_are_the_shells(program: Path, environ_file: Path) -> None:
    write(environ_file, {})
    process = subprocess.run(
        [program], input="read x\nsome line\necho got $x\nexit 7\n", capture_output=True, text=True
    )
    assert (process.stdout, process.returncode) == ("got some line\n", 7)


def choose(home: Path, shell: str) -> dict[str, str]:
    (home / ".config" / "tailbox").mkdir(parents=True)
    (home / ".config" / "tailbox" / "shell").write_text(shell)
    return {"HOME": str(home), "PATH": "/bin:/usr/bin"}


def test_the_user_chooses_the_real_shell(
    program: Path, environ_file: Path, tmp_path: Path, hostile: dict[str, str]
) -> None:
    write(environ_file, hostile)
    received = as_dict(session(program, choose(tmp_path, "/bin/dash\n")))
    assert received["SHELL"] == "/bin/dash"
    assert received["PROOF_NEWLINE"] == hostile["PROOF_NEWLINE"]


@pytest.mark.parametrize("shell", ["/absent", "bash", "", "/etc/passwd", "/tmp", "SELF"])
def test_an_invalid_choice_locks_nobody_out(
    program: Path, environ_file: Path, tmp_path: Path, shell: str
) -> None:
    write(environ_file, {})
    own = choose(tmp_path, str(program) if shell == "SELF" else shell)
    assert as_dict(session(program, own))["SHELL"] == "/bin/bash"


def test_login_shells_have_the_nodes_path(node_files: Path, tmp_path: Path) -> None:
    (tmp_path / "path").write_text("/opt/venv/bin:/a b:/bin\n")
    profile = (node_files / "etc" / "profile.sh").read_text().replace("/run/tailbox", str(tmp_path))
    for script, expected in (
        (profile, "/opt/venv/bin:/a b:/bin"),
        (profile.replace("/path", "/absent"), "/start"),
    ):
        process = subprocess.run(
            ["/bin/sh", "-euc", f'{script}\nprintf %s "$PATH"'],
            env={**os.environ, "PATH": "/start"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert process.stdout == expected


@pytest.fixture
def known(program: Path) -> Iterator[Path]:
    """What the image knows: the terminal xterm, one locale in a folder, and two in an archive."""
    room = program.parent
    (room / "terminfo" / "x").mkdir(parents=True)
    (room / "terminfo" / "x" / "xterm").write_bytes(b"compiled")
    (room / "locale" / "fr_FR.utf8").mkdir(parents=True)
    names = b"de_DE.utf8\0de_DE.iso885915@euro\0"
    head = struct.pack("=8I", 0xDE020109, 0, 0, 0, 0, 32, len(names), len(names))
    (room / "locale" / "locale-archive").write_bytes(head + names)
    yield room
    shutil.rmtree(room / "terminfo")
    shutil.rmtree(room / "locale")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("C", True),
        ("C.UTF-8", True),
        ("POSIX", True),
        ("", True),
        ("fr_FR.UTF-8", True),
        ("de_DE.UTF-8", True),
        ("de_DE.ISO-8859-15@euro", True),
        ("de_DE", False),
        ("e_DE.utf8", False),
        ("en_US.UTF-8", False),
        ("UTF-8", False),
        ("../terminfo", False),
    ],
)
def test_a_laptops_locale_arrives_only_if_the_image_has_it(
    program: Path, environ_file: Path, value: str, kept: bool
) -> None:
    write(environ_file, {"PATH": "/bin:/usr/bin"})
    received = as_dict(session(program, {"LC_CTYPE": value, "LANG": value, "LC_ALL": value}))
    assert [received.get(name) for name in ("LC_CTYPE", "LANG", "LC_ALL")] == [value if kept else None] * 3


@pytest.mark.parametrize(
    "archive", [b"", b"short", b"\0" * 64, struct.pack("=8I", 0xDE020109, *[1 << 31] * 7)]
)
def test_a_broken_archive_of_locales_has_none(
    program: Path, environ_file: Path, known: Path, archive: bytes
) -> None:
    write(environ_file, {"PATH": "/bin:/usr/bin"})
    (known / "locale" / "locale-archive").write_bytes(archive)
    assert "LC_ALL" not in as_dict(session(program, {"LC_ALL": "de_DE.UTF-8"}))


@pytest.mark.usefixtures("known")
def test_the_nodes_own_locale_stays_as_it_was_given(program: Path, environ_file: Path) -> None:
    write(environ_file, {"PATH": "/bin:/usr/bin", "LANG": "en_US.UTF-8"})
    assert as_dict(session(program, {"LANG": "de_DE.UTF-8"}))["LANG"] == "en_US.UTF-8"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("terminal", "expected"),
    [
        ("xterm", "xterm"),
        ("xterm-kitty", "xterm-256color"),
        ("xterm-ghostty", "xterm-256color"),
        ("alacritty", "xterm-256color"),
        ("wezterm", "xterm-256color"),
        ("foot", "xterm-256color"),
        ("../x/xterm", "xterm-256color"),
        ("", ""),
    ],
)
def test_a_terminal_that_the_image_does_not_know_has_another_name(
    program: Path, environ_file: Path, terminal: str, expected: str
) -> None:
    write(environ_file, {"PATH": "/bin:/usr/bin"})
    assert as_dict(session(program, {"TERM": terminal}))["TERM"] == expected


@pytest.mark.usefixtures("known")
def test_a_terminal_that_its_user_brought_keeps_its_name(
    program: Path, environ_file: Path, tmp_path: Path
) -> None:
    write(environ_file, {"PATH": "/bin:/usr/bin"})
    terminfo = tmp_path / ".terminfo" / "f"
    terminfo.mkdir(parents=True)
    (terminfo / "foot").write_bytes(b"compiled")
    assert as_dict(session(program, {"TERM": "foot", "HOME": str(tmp_path)}))["TERM"] == "foot"
