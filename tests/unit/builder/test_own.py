"""A user's own target: found by path, read with what lies beside it, and quoted wherever it lands."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from builder import catalog, facts, lock, new, paths, render, target
from builder.errors import InvalidInput
from builder.plan import Plan
from builder.resolve import resolve, select
from builder.target import Target

pytestmark = pytest.mark.unit

TEMPLATES, IMAGES = paths.data("templates"), paths.data("images")
KNOWN = facts.load(IMAGES)

# Each would do harm if it reached a shell, a Dockerfile, a bake file or a template unquoted.
HOSTILE = [
    "$(touch /tmp/owned)",
    "`id`",
    "${PATH}",
    '"; RUN id; "',
    "{{ plan }}",
    "{% raw %}",
    "a\\",
    "'",
    "#",
    "\\$x",
    "é\u2028x",
]


UV_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.13"

[[package]]
name = "iniconfig"
version = "2.0.0"
source = { registry = "https://index.example/simple" }

[[package.wheels]]
url = "https://index.example/iniconfig-2.0.0-py3-none-any.whl"
hash = "sha256:HASH"
size = 1

[[package]]
name = "p"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "iniconfig" }]

[package.metadata]
requires-dist = [{ name = "iniconfig" }]
""".replace("HASH", "0" * 64)


def own(folder: Path, text: str, name: str = "mine") -> Target:
    file = folder / f"{name}.yaml"
    file.write_text(f"description: x\n{text}")
    return target.load(str(file))


def planned(wanted: Target) -> Plan:
    """The plan with base's lock, which holds all that base asks for."""
    shared = lock.read(lock.places(target.load("base"), KNOWN.versions, IMAGES / "locks"))
    return resolve(wanted, KNOWN, shared)


def refused(folder: Path, text: str, name: str = "mine") -> str:
    with pytest.raises(InvalidInput) as caught:
        own(folder, text, name)
    return str(caught.value)


def test_an_own_target_extends_base_by_itself(tmp_path: Path) -> None:
    wanted = own(tmp_path, "packages: {apt: [ffmpeg]}\n")
    assert ("sudo" in wanted.apt, wanted.late_apt) == (True, ("ffmpeg",))
    assert wanted.own == tmp_path / "mine.yaml"


def test_it_extends_another_file_or_a_target_of_the_catalogue(tmp_path: Path) -> None:
    own(tmp_path, "extends: cuda-pytorch\nenv: {A: '1'}\n", "team")
    wanted = own(tmp_path, "extends: ./team.yaml\nenv: {B: '2'}\n")
    assert wanted.framework == "torch"
    assert wanted.env == {"A": "1", "B": "2"}


def test_what_lies_beside_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# mine\npolars>=1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "rich ; python_version > '3.8'  # why\n"
    )
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "conf" / "run.sh").chmod(0o755)
    (tmp_path / "probe.py").write_text("print('fine')\n")
    wanted = own(
        tmp_path, "requirements: requirements.txt\nfiles: {/workspace/conf: conf}\nchecks: [probe.py]\n"
    )
    assert wanted.pip[-2:] == ("polars>=1", "rich ; python_version > '3.8'")
    (file,) = wanted.files
    assert (file.path, file.executable, file.owner) == ("/workspace/conf/run.sh", True, "dev")
    assert wanted.checks[-1].script == b"print('fine')\n"


def test_a_project_without_a_lock_gives_its_dependencies(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\nversion = '1'\ndependencies = ['polars>=1']\n"
    )
    assert own(tmp_path, "project: pyproject.toml\n").pip[-1] == "polars>=1"


def test_a_project_with_a_lock_gives_exactly_what_is_locked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'p'\nversion = '1'\nrequires-python = '>=3.13'\ndependencies = ['iniconfig']\n"
    )
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    assert own(tmp_path, "project: pyproject.toml\n").pip[-1] == "iniconfig==2.0.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requirements: none.txt\n", "mine.yaml:2: .*none.txt does not exist"),
        ("files: {/etc/x: none}\n", "mine.yaml:2: .*none does not exist"),
        ("files: {etc/x: mine.yaml}\n", r"mine.yaml:2: files.*etc/x"),
        ("files: {/etc/../x: mine.yaml}\n", r"climbs with \.\."),
        ("project: none.toml\n", "mine.yaml:2: .*none.toml does not exist"),
        ("checks: [./none.py]\n", "mine.yaml:2: unknown check './none.py'"),
        ("extends: ./none.yaml\n", "mine.yaml:2: .*none.yaml does not exist"),
        ("extends: ./mine.yaml\n", "mine.yaml:2: a target cannot extend itself: mine -> mine"),
        ("extends: cuda-pytorh\n", "did you mean cuda-pytorch"),
        ("form: debian:12\n", "mine.yaml:2: unknown key 'form'; did you mean from"),
        ("from: 'a b'\n", "mine.yaml:2: from"),
        ("from: 'x:${y}'\n", "mine.yaml:2: from"),
        ("packages: {apt: ['a; id']}\n", "mine.yaml:2: packages.apt.0"),
        ("packages: {apt: ['--allow-x']}\n", "mine.yaml:2: packages.apt.0"),
        ("env: {PATH: /x}\n", "mine.yaml:2: .*PATH belongs to the node"),
        ("env: {TS_AUTHKEY: tskey}\n", "mine.yaml:2: .*never in an image"),
        ("env: {JUPYTER_TOKEN: x}\n", "mine.yaml:2: .*is a secret"),
        ("run: {after_sytem: ['x']}\n", "did you mean run.after_system|did you mean after_system"),
        ("run: {after_system: ['']}\n", "mine.yaml:2: run.after_system.0"),
        ("jupyter: {extensions: [a b c]}\n", "mine.yaml:2: jupyter.extensions.0: not a Python requirement"),
        (
            "gpus: &a [x, x, x, x, x, x, x, x]\nchecks: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
            "files: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nenv: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n"
            "run: &e [*d, *d, *d, *d, *d, *d, *d, *d]\npackages: [*e, *e, *e, *e, *e, *e, *e, *e]\n",
            "mine.yaml:1: its aliases .* unfold without end",
        ),
        ("jupyter: maybe\n", "mine.yaml:2: jupyter: true or false was expected"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert re.search(expected, refused(tmp_path, text), re.DOTALL)


def test_mistakes_of_every_kind_in_several_files_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(
        "description: all wrong\nextends: ./team.yaml\nframework: torch==2.99.0\ndisk_gb: lots\npakages:\n"
        "  apt: [htop]\npackages:\n  pip:\n    - jax[cuda12]\n    - nvidia-nccl-cu13\n    - numpy >> 2\n"
        "files:\n  /etc/mine.conf: mine.cnf\nchecks: [pyhton]\n"
    )
    (tmp_path / "mine.conf").touch()
    (tmp_path / "team.yaml").write_text(
        "description: the team's\nextends: ./mine.yaml\nshh: sshd\nrequirements: requirements.txt\n"
    )
    with pytest.raises(InvalidInput) as caught:
        catalog.plan("./mine.yaml")
    told = [str(problem).split("\n")[0].replace(f"{tmp_path}/", "") for problem in caught.value.problems]
    assert told == [
        "mine.yaml:3: no known release of torch is ==2.99.0; did you mean 2.9.1?",
        "mine.yaml:4: disk_gb: a whole number was expected, found 'lots'",
        "mine.yaml:5: unknown key 'pakages'; did you mean packages?",
        "mine.yaml:10: two CUDAs: nvidia-nccl-cu13 brings CUDA 13, jax[cuda12] brings CUDA 12",
        "mine.yaml:11: packages.pip.2: not a Python requirement (Expected semicolon (after name with no "
        "version specifier) or end), found 'numpy >> 2'",
        "mine.yaml:13: mine.cnf does not exist; did you mean mine.conf?",
        "mine.yaml:14: unknown check 'pyhton'; did you mean python?",
        "team.yaml:2: a target cannot extend itself: mine -> team -> mine",
        "team.yaml:3: unknown key 'shh'; did you mean ssh?",
        "team.yaml:4: requirements.txt does not exist",
    ]


def test_what_is_in_doubt_is_no_cause_for_more_blame(tmp_path: Path) -> None:
    """Python 3.11 was meant: that some framework has no wheel for the default is not said."""
    (tmp_path / "mine.yaml").write_text("description: x\npython: 3.11\nframework: tensorflow==2.16.2\n")
    with pytest.raises(InvalidInput) as caught:
        catalog.plan(str(tmp_path / "mine.yaml"))
    assert [problem.what for problem in caught.value.problems] == ["python: text was expected, found 3.11"]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("fine\n-r other.txt\nx @ https://host/x.whl\n")
    said = refused(tmp_path, "requirements: requirements.txt\nfiles: {/a: none}\nchecks: [nothing]\n")
    assert "requirements.txt:2: the option -r cannot be kept" in said
    assert "requirements.txt:3: a requirement by URL" in said
    assert "mine.yaml:3:" in said
    assert "mine.yaml:4:" in said


@pytest.mark.parametrize("name", ["base", "Mine", "a b", "-x", "x.", "$(id)"])
def test_a_name_that_cannot_be_an_image_is_refused(tmp_path: Path, name: str) -> None:
    assert "catalogue" in (said := refused(tmp_path, "", name)) or "cannot be an image's name" in said


def test_another_python_needs_another_image(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"or `from:` an image whose python3 is 3\.11"):
        planned(own(tmp_path, "python: '3.11'\n"))
    assert (
        planned(own(tmp_path, "from: debian:bookworm-slim\npython: '3.11'\n")).base == "debian:bookworm-slim"
    )
    with pytest.raises(InvalidInput, match=r"Python 3\.10 is too old for what runs in a node"):
        planned(own(tmp_path, "from: ubuntu:22.04\npython: '3.10'\n"))


def test_its_locks_lie_beside_it_and_jupyters_only_where_it_differs(tmp_path: Path) -> None:
    plain = lock.places(own(tmp_path, ""), KNOWN.versions, IMAGES / "locks")
    assert plain == lock.LockFiles(tmp_path / "mine.lock.txt", IMAGES / "locks" / "jupyter.txt")
    other = own(tmp_path, "jupyter: {extensions: [jupyterlab-git]}\n")
    assert lock.places(other, KNOWN.versions, IMAGES / "locks").jupyter == tmp_path / "mine.jupyter.lock.txt"
    assert "jupyterlab-git" not in select(other, KNOWN).requirements


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_in_any_field_stays_data(tmp_path: Path, value: str) -> None:
    (tmp_path / "blob").write_text(value)
    document = {
        "description": value,
        "env": {"MINE": value},
        "files": {f"/etc/{value.replace('/', '_')}": "blob"},
        "run": {"after_system": [value], "after_packages": [value], "at_the_end": [value]},
    }
    (tmp_path / "mine.yaml").write_text(json.dumps(document))
    files = render.render(planned(target.load(str(tmp_path / "mine.yaml"))), TEMPLATES)
    lines = files["Dockerfile"].decode().split("\n")
    plain = render.render(
        planned(
            own(
                tmp_path,
                "env: {MINE: x}\nfiles: {/etc/x: blob}\n"
                "run: {after_system: [x], after_packages: [x], at_the_end: [x]}\n",
            )
        ),
        TEMPLATES,
    )
    changed = [(a, b) for a, b in zip(lines, plain["Dockerfile"].decode().split("\n"), strict=True) if a != b]
    assert [b.split("=")[0] for _, b in changed if not b.startswith("# mine:")] == [
        "ENV MINE",
        "LABEL org.opencontainers.image.description",
        "LABEL dev.tailbox.steps",
    ]
    assert files["hooks/after_system-0.sh"].decode() == value
    assert json.loads(files["files/list.json"])[0]["path"] == f"/etc/{value.replace('/', '_')}"
    assert json.loads(files["docker-bake.json"]) == json.loads(plain["docker-bake.json"])


def test_own_files_are_put_where_they_belong(tmp_path: Path) -> None:
    """The script that the build runs, on folders of this test."""
    room = tmp_path / "files"
    (room / "blobs").mkdir(parents=True)
    (room / "blobs" / "0").write_bytes(b"#!/bin/sh\n")
    destination = tmp_path / "root" / "etc" / "a b$c"
    entry = {"path": str(destination), "executable": True, "owner": "root", "unpack": ""}
    (room / "list.json").write_text(json.dumps([entry]))
    (room / "place_files.py").write_bytes((TEMPLATES / "place_files.py").read_bytes())
    subprocess.run([sys.executable, room / "place_files.py"], check=True)
    assert destination.read_bytes() == b"#!/bin/sh\n"
    assert destination.stat().st_mode & 0o777 == 0o755


def test_new_writes_a_file_that_loads_as_it_is_and_with_every_line_used(tmp_path: Path) -> None:
    path = new.write("fresh", "cuda-pytorch", ["torch"], tmp_path)
    assert target.load(str(path)).framework == "torch"
    for file in ("mine.conf", "requirements.txt"):
        (tmp_path / file).touch()
    with zipfile.ZipFile(tmp_path / "mine.vsix", "w") as extension:
        extension.writestr("extension/package.json", '{"publisher": "a", "name": "b", "version": "1"}')
    with tarfile.open(tmp_path / "vscode-server-linux-x64.tar.gz", "w:gz") as server:
        entry = tarfile.TarInfo("x/product.json")
        about = b'{"quality": "stable", "commit": "c"}'
        entry.size = len(about)
        server.addfile(entry, io.BytesIO(about))
    for folder in ("notebooks", "checks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "checks" / "mine.py").touch()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
    text = path.read_text().split("\n")
    used = text[:2] + [line.removeprefix("# ").removeprefix("#") for line in text[2:]]
    path.write_text("\n".join(used))
    wanted = target.load(str(path))
    assert wanted.jupyter.extensions == ("jupyterlab-git",)
    assert wanted.cuda == "12"
    with pytest.raises(InvalidInput, match="is there already"):
        new.write("fresh", "base", [], tmp_path)
    with pytest.raises(InvalidInput, match="is a target of the catalogue"):
        new.write("cuda-pytorch", "base", [], tmp_path)
