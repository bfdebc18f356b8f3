"""nodectl: what the node is, whether it is ready, how to reach it, what is wrong with it."""

import argparse
import contextlib
import os
from collections.abc import Callable, Sequence

from node.nodectl import commands, show
from node.paths import PATHS, Paths

EXAMPLES = """examples:
  nodectl status                 services, tailnet, problems and boot times
  nodectl status --json          the same for programs
  nodectl ready --timeout 60     exit code 0 when everything is ready (readiness probe); wait for it
  nodectl healthy                exit code 0 unless a new start would help (liveness probe)
  nodectl url                    how to connect from your laptop
  nodectl doctor                 GPU, driver, disks, limits, network: each finding with its remedy
  nodectl env                    the environment that every session gets
  nodectl logs sshd -n 50        the last lines of a service's log; -f follows
  nodectl restart jupyter        start a service again, and wait until it is ready
  eval "$(nodectl proxy env)"    lead this shell's programs into the tailnet
"""
Answer = Callable[[argparse.Namespace, Paths], int]


def main(arguments: Sequence[str], paths: Paths = PATHS) -> int:
    """Run one command; its exit code is the answer (0 yes, 1 no, 2 wrong usage)."""
    options = parser().parse_args(arguments)
    become_root(arguments, paths)
    answer: Answer = options.answer
    return answer(options, paths)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    style = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser("nodectl", description=__doc__, epilog=EXAMPLES, formatter_class=style)
    subparsers = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, text: str, answer: Answer) -> argparse.ArgumentParser:
        found = subparsers.add_parser(
            name, help=text, description=text, epilog=EXAMPLES, formatter_class=style
        )
        found.add_argument("--json", action="store_true", help="print JSON")
        found.set_defaults(answer=answer)
        return found

    command("status", "what the node is", lambda o, paths: show.status(o.json, paths))
    ready = command("ready", "whether it is ready", lambda o, paths: show.ready(o.timeout, o.json, paths))
    ready.add_argument("--timeout", type=float, default=0.0, metavar="SECONDS", help="wait so long for it")
    command("healthy", "whether it is sound", lambda o, paths: show.healthy(o.json, paths))
    command("url", "how to reach it", lambda o, paths: show.url(o.json, paths))
    command("doctor", "what could keep you from working", doctor)
    env = command("env", "what sessions get", lambda o, paths: commands.env(o.name, o.json, o.nul, paths))
    env.add_argument("name", nargs="?", default="", metavar="NAME", help="print this one's value only")
    env.add_argument("-0", dest="nul", action="store_true", help="entries ended by NUL, nothing quoted")
    logs = command(
        "logs", "what services said", lambda o, paths: commands.logs(o.service, o.n, o.f, o.json, paths)
    )
    logs.add_argument("service", nargs="?", default="", metavar="SERVICE", help="of this one only")
    logs.add_argument("-n", type=int, default=100, metavar="LINES", help="so many last lines (100)")
    logs.add_argument("-f", action="store_true", help="follow")
    restart = command(
        "restart", "start a service again", lambda o, paths: commands.restart(o.service, o.json, paths)
    )
    restart.add_argument("service", metavar="SERVICE")
    proxy = command("proxy", "the way into the tailnet", lambda o, _paths: commands.proxy(o.what, o.json))
    proxy.add_argument("what", choices=["env", "chains"], help="variables for sh, or proxychains.conf")
    return top


def doctor(options: argparse.Namespace, paths: Paths) -> int:
    from node.doctor.main import doctor as examine  # a probe of readiness must not wait for this import

    return examine(options.json, paths)


def become_root(arguments: Sequence[str], paths: Paths) -> None:
    """The supervisor answers its owner only; dev may sudo without a password."""
    if os.geteuid() == 0:
        return
    with contextlib.suppress(FileNotFoundError):  # before the boot has made it
        if os.stat(paths.services).st_uid != os.geteuid():
            os.execvp("sudo", ["sudo", "-n", f"{paths.opt}/bin/nodectl", *arguments])
