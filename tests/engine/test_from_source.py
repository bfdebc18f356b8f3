"""What has no wheel is built in a container: the image holds the wheel, and nothing that built it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from builder.build import source_wheels
from builder.pipeline.build import Built, build_target
from builder.pipeline.relock import relock_targets
from builder.pipeline.workspace import Workspace

_PYPROJECT = """\
[build-system]
requires = ["setuptools>=70"]
build-backend = "setuptools.build_meta"
[project]
name = "small-ext"
version = "0.1"
"""
_MODULE = """\
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "small_ext", 0, -1, methods};
PyMODINIT_FUNC PyInit_small_ext(void) { return PyModule_Create(&module); }
"""
_C = f"""\
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) {{ return PyLong_FromLong(42); }}
{_MODULE}"""
# It asks the network and root's files, which no build gets.
_C_SETUP = """\
import os, socket
from setuptools import Extension, setup
assert os.getuid() == 65534 and not os.path.exists("/run/host/env")
try:
    socket.create_connection(("1.1.1.1", 53), 2)
except OSError:
    setup(ext_modules=[Extension("small_ext", ["small.c"])])
"""
_CUDA = f"""\
#include <Python.h>
#include <cuda_runtime.h>
__global__ void twice(float *x) {{ x[threadIdx.x] *= 2; }}
static PyObject *answer(PyObject *, PyObject *) {{
    int version = 0;
    cudaRuntimeGetVersion(&version);
    twice<<<1, 32>>>(nullptr);
    return PyLong_FromLong(version);
}}
{_MODULE}"""
_CUDA_SETUP = """\
import os, subprocess
from pathlib import Path
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

class Nvcc(build_ext):
    def build_extension(self, extension):
        numbers = os.environ["CUDAARCHS"].replace("-real", "").split(";")
        options = [f"-gencode=arch=compute_{number},code=sm_{number}" for number in numbers]
        options += [f"-I{folder}" for folder in self.include_dirs]
        path = Path(self.get_ext_fullpath(extension.name))
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["nvcc", *options, "-shared", "-Xcompiler", "-fPIC", "-o", path, *extension.sources]
        subprocess.run(command, check=True)

setup(ext_modules=[Extension("small_ext", ["small.cu"])], cmdclass={"build_ext": Nvcc})
"""


@pytest.fixture(autouse=True)
def nothing_is_built_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wheels of an earlier run do not count."""
    monkeypatch.setattr(source_wheels, "_folder", lambda source: tmp_path / "built" / source.key)
    monkeypatch.chdir(tmp_path)


def _built(folder: Path, text: str, setup: str, source: str, name: str) -> Built:
    project = folder / "ext"
    project.mkdir()
    for file, content in (("pyproject.toml", _PYPROJECT), ("setup.py", setup), (name, source)):
        (project / file).write_text(content)
    target = folder / f"mine-{secrets.token_hex(3)}.yaml"
    target.write_text(text)
    list(relock_targets([str(target)], Workspace.open()))
    return build_target(str(target))


def _said(built: Built, program: str) -> list[object]:
    output = built.engine.client.containers.run(
        built.image.tag, ["-c", program], entrypoint="/opt/venv/bin/python", remove=True, network_mode="none"
    )
    said: list[object] = json.loads(output)
    return said


def test_a_source_distribution_and_a_project_are_built(tmp_path: Path) -> None:
    text = "description: x\npackages: {pip: [netifaces], from_source: [netifaces, ./ext]}\n"
    built = _built(tmp_path, text, _C_SETUP, _C, "small.c")
    try:
        program = "import json, netifaces, shutil, small_ext, os; "
        program += "print(json.dumps([small_ext.answer(), shutil.which('g++'), os.listdir('/opt')]))"
        answer, compiler, folders = _said(built, program)
        assert (answer, compiler) == (42, None)
        assert isinstance(folders, list)
        assert not [name for name in folders if name.startswith("build")]
        assert not built.engine.client.images.list(f"tailbox/toolchain:{built.plan.target}")
    finally:
        built.engine.client.images.remove(built.image.tag, force=True)


# It takes the layers of cuda and its compiler: minutes.
@pytest.mark.deep
def test_a_cuda_extension_holds_code_for_the_gpus_of_its_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "description: x\nextends: cuda\ngpus: [sm_86, sm_120]\npackages: {from_source: [./ext]}\n"
    built = _built(tmp_path, text, _CUDA_SETUP, _CUDA, "small.cu")
    try:
        assert "holds code for sm_86 sm_120" in capsys.readouterr().err
        (version,) = _said(built, "import json, small_ext; print(json.dumps([small_ext.answer()]))")
        assert isinstance(version, int)
        assert built.plan.cuda == f"{version // 1000}.{version % 1000 // 10}"
    finally:
        built.engine.client.images.remove(built.image.tag, force=True)
