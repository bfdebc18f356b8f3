"""Build one wheel in a container: build.py ENVIRONMENT. The source comes on stdin, the wheel goes to stdout.

The programs, headers and libraries of CUDA's wheels lie in several folders: builds look for them in one.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from contextlib import suppress
from pathlib import Path

ROOM = Path("/tmp/build")
VENV = Path("/opt/venv")
_ALONE = ("--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir")
_PIP = ("-m", "pip", "wheel", *_ALONE, "--disable-pip-version-check", "--verbose")


def merge_cuda(sites: list[Path], home: Path) -> None:
    """Make CUDA_HOME of links, except its programs: nvcc looks for the rest beside itself."""
    for tree in (folder for site in sites for folder in sorted(site.glob("nvidia/*")) if folder.is_dir()):
        for part in ("include", "lib", "nvvm", "bin"):
            if (tree / part).is_dir():
                copy = shutil.copy2 if part == "bin" else link
                shutil.copytree(tree / part, home / part, copy_function=copy, dirs_exist_ok=True)
    (home / "lib64").symlink_to("lib")
    for library in sorted((home / "lib").glob("*.so.*")):
        plain = library.with_name(library.name.partition(".so")[0] + ".so")
        if not plain.exists():
            plain.symlink_to(library.name)


def link(source: str, target: str) -> None:
    """Link a file; the first of a name counts."""
    with suppress(FileExistsError):
        Path(target).symlink_to(source)


def main(environment: Path) -> None:
    source, wheels = ROOM / "source", ROOM / "wheels"
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|*") as archive:
        archive.extractall(source, filter="data")
    tops = list(source.iterdir())
    project = tops[0] if len(tops) == 1 and tops[0].is_dir() else source
    settings = {"HOME": str(ROOM), "PATH": f"{environment}/bin:{os.environ['PATH']}"}
    sites = [site for root in (environment, VENV) for site in root.glob("lib/python3*/site-packages")]
    if any(sites[0].glob("nvidia/*/bin/nvcc")):
        home = ROOM / "cuda"
        merge_cuda(sites, home)
        settings |= {"CUDA_HOME": str(home), "CUDA_PATH": str(home), "CUDACXX": f"{home}/bin/nvcc"}
        settings["PATH"] = f"{home}/bin:{settings['PATH']}"
        settings["LIBRARY_PATH"] = f"{home}/lib"
    command = [f"{environment}/bin/python", *_PIP, "--wheel-dir", str(wheels), str(project)]
    done = subprocess.run(command, env={**os.environ, **settings}, stdout=sys.stderr)
    if done.returncode:
        sys.exit(done.returncode)
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
        for wheel in wheels.glob("*.whl"):
            archive.add(wheel, wheel.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
