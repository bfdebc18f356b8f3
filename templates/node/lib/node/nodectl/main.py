"""nodectl: what this node is, whether it is ready, how to reach it, what is wrong with it."""

import argparse
import contextlib
import os
from collections.abc import Callable, Sequence

from node.nodectl import commands, show
from node.paths import PATHS, Paths

EXAMPLES = """examples:
  nodectl status                 services, tailnet, problems and boot times
  nodectl status --json          the same for programs
  nodectl ready --timeout 60     exit code 0 as soon as all is ready, 1 after 60 s (readiness probe)
  nodectl healthy                exit code 1 if restarting the container would help (liveness probe)
  nodectl url                    how to connect from your laptop
  nodectl doctor                 GPU, driver, disks, limits, network: findings with remedies
  nodectl env                    the environment of every session
  nodectl logs sshd -n 50        the last 50 lines of a service's log; -f follows it
  nodectl restart jupyter        restart a service, and wait until it is ready
  eval "$(nodectl proxy env)"    let the programs of this shell reach the tailnet
"""
Answer = Callable[[argparse.Namespace, Paths], int]


def main(arguments: Sequence[str], paths: Paths = PATHS) -> int:
    """Run one command; return its exit code (0 yes, 1 no, 2 wrong usage)."""
    options = parser().parse_args(arguments)
    become_root(arguments, paths)
    answer: Answer = options.answer
    return answer(options, paths)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    style = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser("nodectl", description=__doc__, epilog=EXAMPLES, formatter_class=style)
    subparsers = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, text: str, answer: Answer) -> argparse.ArgumentParser:
        subparser = subparsers.add_parser(
            name, help=text, description=text, epilog=EXAMPLES, formatter_class=style
        )
        subparser.add_argument("--json", action="store_true", help="print JSON")
        subparser.set_defaults(answer=answer)
        return subparser

    command("status", "show what the node is", show.status)
    ready = command("ready", "say whether it is ready", show.ready)
    ready.add_argument("--timeout", type=float, default=0.0, metavar="SECONDS", help="how long to wait")
    command("healthy", "say whether it needs a restart", show.healthy)
    command("url", "show how to reach it", url)
    command("doctor", "look for what could keep you from working", doctor)
    env = command("env", "print the sessions' environment", commands.env)
    env.add_argument("name", nargs="?", default="", metavar="NAME", help="print only the value of NAME")
    env.add_argument("-0", dest="nul", action="store_true", help="end entries with NUL, and quote nothing")
    logs = command("logs", "print the services' logs", commands.logs)
    logs.add_argument("service", nargs="?", default="", metavar="SERVICE", help="print only this one's log")
    logs.add_argument("-n", dest="lines", type=int, default=100, metavar="LINES", help="how many lines (100)")
    logs.add_argument("-f", dest="follow", action="store_true", help="follow the log")
    restart = command("restart", "restart a service", commands.restart)
    restart.add_argument("service", metavar="SERVICE")
    proxy = command("proxy", "print settings for the tailnet proxy", commands.proxy)
    proxy.add_argument("what", choices=["env", "chains"], help="variables for sh, or proxychains.conf")
    return top


# The imports of these two would make each readiness probe slower.
def doctor(options: argparse.Namespace, paths: Paths) -> int:
    from node.doctor.main import main as examine

    return examine(options.json, paths)


def url(options: argparse.Namespace, paths: Paths) -> int:
    from node.nodectl.url import url as show_url

    return show_url(options.json, paths)


def become_root(arguments: Sequence[str], paths: Paths) -> None:
    """Run again as root where another user asks: s6 answers only its owner. dev needs no password."""
    if os.geteuid() == 0:
        return
    with contextlib.suppress(FileNotFoundError):  # before the boot
        if os.stat(paths.services).st_uid != os.geteuid():
            os.execvp("sudo", ["sudo", "-n", f"{paths.opt}/bin/nodectl", *arguments])
