"""All that the files of a folder say of a project: what it requires, and what they want around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import InvalidInputError, Problem, Where
from builder.targets.project import conda, devcontainer, dockerfile, plain, workbench
from builder.targets.project import files as named
from builder.targets.project.reading import Reading, Wishes
from builder.targets.project.surroundings import Surroundings

# Where a project keeps the files of its environment; the first that has one counts.
_FOLDERS = ("", "binder", ".binder")
_AROUND: tuple[tuple[str, Callable[[Path, Surroundings], None]], ...] = (
    (".python-version", plain.python_version),
    ("runtime.txt", plain.python_version),
    ("apt.txt", plain.apt),
    ("packages.txt", plain.apt),
    ("Dockerfile", dockerfile.read),
    ("docker/Dockerfile", dockerfile.read),
    (".devcontainer/devcontainer.json", devcontainer.read),
    (".devcontainer.json", devcontainer.read),
    (".project/spec.yaml", workbench.read),
    ("variables.env", plain.variables),
    ("postBuild", plain.script),
    ("postBuild.bash", plain.script),
    ("preBuild.bash", plain.script),
)


@dataclass(frozen=True)
class Survey:
    """The folder, the keys of a target that name its files, and what these and the files around say."""

    folder: Path
    keys: dict[str, Path]
    around: Surroundings

    def read(self, wishes: Wishes) -> Reading:
        """Read what the files require, for one Python and with these extras."""
        reading, place = Reading(wishes), Where(self.folder, 1)
        for key, path in self.keys.items():
            if key == "project":
                named.project(path, place, reading)
            else:
                named.requirements(path, place, self.folder, reading)
        return reading


def survey(folder: Path) -> Survey:
    """Look at a folder. Raises InvalidInputError where no file says what it needs."""
    around = Surroundings()
    for path, read in _around(folder):
        try:
            read(path, around)
        except InvalidInputError as error:
            for one in error.problems:
                around.leave(one.what, one.remedy, one.where or Where(path, 1))
    keys = _keys(folder, around)
    if not keys and not (around.apt or around.cudas or around.pythons):
        what = f"no file in {folder} says what the project needs"
        raise InvalidInputError(Problem(what, "write a requirements.txt there, or tailbox new NAME"))
    return Survey(folder, keys, around)


def _around(folder: Path) -> Iterator[tuple[Path, Callable[[Path, Surroundings], None]]]:
    for name, read in _AROUND:
        path = next((path for one in _FOLDERS if (path := folder / one / name).is_file()), None)
        if path:
            yield path, read


def _keys(folder: Path, around: Surroundings) -> dict[str, Path]:
    """Which file is `project`, and which `requirements`."""
    project = _project(folder)
    listed = _first(folder, ("requirements.txt", "requirements/base.txt", "requirements/requirements.txt"))
    environment = _first(folder, ("environment.yml", "environment.yaml"))
    keys = {"project": project} if project else {}
    if listed and (not project or not _requires(project) or project.name != "pyproject.toml"):
        keys = {"requirements": listed}
    elif environment and not project:
        keys = {"requirements": environment}
    _name_others(folder, keys, listed, environment, around)
    return keys


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    paths = (folder / one / name for one in _FOLDERS for name in names)
    return next((path for path in paths if path.is_file()), None)


def _project(folder: Path) -> Path | None:
    for name, reader in named.READERS.items():
        if (folder / name).is_file() and reader.says_dependencies(folder / name):
            return folder / name
    return None


def _requires(project: Path) -> set[str]:
    """The names of what a project requires, without its extras."""
    reading = Reading(Wishes("3.13", any_index=True))
    named.project(project, Where(project, 1), reading)
    return {canonicalize_name(Requirement(text).name) for text in reading.pip} | {
        one.what for one in reading.problems
    }


def _name_others(
    folder: Path, keys: dict[str, Path], listed: Path | None, environment: Path | None, around: Surroundings
) -> None:
    """Name the files that are not taken, and what stands in them alone."""
    project = keys.get("project")
    if project and listed:
        reading = Reading(Wishes("3.13", any_index=True))
        named.requirements(listed, Where(listed, 1), folder, reading)
        alone = [
            text
            for text in reading.pip
            if canonicalize_name(Requirement(text).name) not in _requires(project)
        ]
        if alone:
            around.leave(
                f"{listed.name} alone lists {', '.join(alone)}",
                f"write requirements: {listed.name} besides to take them",
                Where(listed, 1),
            )
    if environment and environment not in keys.values():
        reading = Reading(Wishes("3.13", any_index=True))
        reading.attempt(conda.read, environment, None)
        for text, where in reading.pythons.items():
            around.python(text.lstrip("=>~"), where)
        around.leave(
            f"{environment.name}",
            "not taken, as another file lists what the project needs",
            Where(environment, 1),
        )
    taken = {*keys.values()}
    others = [
        path for path in sorted(folder.glob("requirements*.txt")) if path not in taken and path != listed
    ]
    for path in others:
        around.leave(path.name, f"not taken; add `-r {path.name}` to a file that is", Where(path, 1))
