"""`tailbox diff`: the layers a target would make again, against an image or a revision of this checkout."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, replace

from docker.models.images import Image

from builder.core import labels, paths, tempdirs
from builder.core.errors import InvalidInputError, Problem
from builder.engine.client import Engine, connect
from builder.engine.layer_sizes import measured_sizes
from builder.image.layer_history import previous_image, tagged_image
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.layer_diff import Rebuilt, compare
from builder.render.layers import Layer, layers_from_label
from builder.render.render import planned_layers


@dataclass(frozen=True)
class Diff:
    """The layers that are rebuilt compared with `against`, and how many there are in all."""

    against: str
    layers: int
    rebuilt: tuple[Rebuilt, ...]

    @property
    def pull(self) -> int:
        """Return the bytes that users pull again, as far as the sizes of the old layers are known."""
        return sum(layer.size or 0 for layer in self.rebuilt)


def diff_target(reference: str, against: str | None) -> Diff:
    """Compare a target as it is now.

    Raises InvalidInputError where `against` is neither image nor revision.
    """
    workspace = Workspace.open()
    plan = make_plan(reference, workspace)
    engine = connect()
    now = _on(engine, planned_layers(plan, workspace.templates))
    image = tagged_image(against, engine) if against else previous_image(plan, engine)
    if image is not None:
        old, sizes, name = _of_image(image)
    elif against:
        old, sizes, name = _of_revision(reference, against)
    else:
        remedy = "build it once, or compare with a revision: --against HEAD~1"
        raise InvalidInputError(Problem(f"no image of {plan.target} is here", remedy))
    return Diff(name, len(now), compare(old, now, sizes))


def _on(engine: Engine, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers as an engine makes them: overlay2 gives a linked one new time stamps, so it is another."""
    return layers if engine.store != "overlay2" else tuple(replace(step, linked=False) for step in layers)


def _of_image(image: Image) -> tuple[tuple[Layer, ...], list[int | None], str]:
    """The layers that an image says it has, with their compressed sizes where they were measured."""
    name = (image.tags or [str(image.id)])[0]
    label = (image.labels or {}).get(labels.STEPS)
    if label is None:
        raise InvalidInputError(
            Problem(f"{name} does not say what its layers are", "build it again, then compare")
        )
    old = layers_from_label(label)
    layers: list[str] = image.attrs["RootFS"]["Layers"]
    measured = measured_sizes()
    return old, [measured.get(layer) for layer in layers[-len(old) :]], name


def _of_revision(reference: str, revision: str) -> tuple[tuple[Layer, ...], list[int | None], str]:
    """The layers that a target of the catalogue had at a revision: by its data and templates, this code."""
    if not shutil.which("git"):
        raise InvalidInputError(Problem(f"{revision!r} is no image here, and git is missing", "install git"))
    command = ["git", "archive", "--format=tar", revision, "images", "templates"]
    done = subprocess.run(command, cwd=paths.PROJECT, capture_output=True)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise InvalidInputError(
            Problem(
                f"{revision!r} is neither an image here nor a revision ({', '.join(reason)})", "docker images"
            )
        )
    with tempdirs.folder(tempdirs.temporary()) as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        workspace = Workspace.open(folder / "images", folder / "templates")
        plan = make_plan(reference, workspace)
        old = planned_layers(plan, workspace.templates)
    return old, [None] * len(old), revision
