"""The one front door: commands, logging and exit codes.

A role is imported when its command is used, so that ``hivegate --help`` needs no torch.
"""

import importlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

VERSION = "0.1.0"

_ROOMS = frozenset({"hivegate", "localnet", "simulate", "validator", "miner", "gating", "chain", "wire"})
_INTERRUPTED = 130

_log = logging.getLogger("hivegate")


@dataclass(frozen=True)
class _Entry:
    """Where a command lives (``module:attribute``) and its one line of help."""

    target: str
    help: str


_COMMANDS = {
    "up": _Entry("localnet.cli:up", "Run a whole network on this machine."),
    "query": _Entry("localnet.query:query", "Ask a validator for an answer, streamed."),
    "doctor": _Entry("localnet.doctor:doctor", "Check this machine and a network, and say the fix."),
    "corpus": _Entry("localnet.corpus:corpus", "Split texts for training and audits, train the tokenizer."),
    "wallet": _Entry("chain.wallet_cli:group", "Create, import, list and use wallets."),
    "chain": _Entry("chain.cli:group", "Run the ledger node, look at a chain."),
    "miner": _Entry("miner.cli:group", "Serve and train an expert."),
    "simulate": _Entry("simulate.cli:simulate", "What attacks on pay and consensus return."),
    "validator": _Entry("validator.cli:group", "Route, mix, audit and serve apps."),
}


class _FrontDoor(click.Group):
    """A group that imports a command's room only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command), entry.target
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in _COMMANDS.items()])


@click.group(cls=_FrontDoor, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="How much the log on stderr tells.",
)
@click.version_option(VERSION, prog_name="hivegate")
def cli(log_level: str) -> None:
    """A decentralised mixture of experts that pays for intelligence.

    \b
    hivegate up                         a whole network on this machine
    hivegate query "def fibonacci(n):"  ask it
    hivegate doctor                     what is wrong, and the fix
    """
    logging.basicConfig(
        level=log_level.upper(),
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
    if log_level != "debug":
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # it tells every request of `hivegate query`


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code.

    0 is success, 1 a failure told in one line on stderr, 2 a wrong command line. A bug keeps its traceback.
    """
    try:
        result = cli.main(args=list(arguments), prog_name="hivegate", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        message, code = _tell(error)
        if message is None:
            raise
        _log.debug("the failure in full", exc_info=error)
        click.echo(message, err=True)
        return code
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry point of the ``hivegate`` command."""
    _end_with_parent()
    sys.exit(run(sys.argv[1:]))


def _tell(error: Exception) -> tuple[str | None, int]:
    """What to tell people about an error, and the exit code; no message for a bug, which keeps its traceback.

    Errors that a room declares, and refusals of the operating system, are meant for people.
    """
    leaf = next(_leaves(error))
    if isinstance(leaf, click.exceptions.NoArgsIsHelpError):
        return leaf.format_message(), leaf.exit_code
    if isinstance(leaf, click.UsageError):
        path = leaf.ctx.command_path if leaf.ctx else "hivegate"
        return _line(f"{leaf.format_message()} (see: {path} --help)"), leaf.exit_code
    if isinstance(leaf, click.ClickException):
        return _line(leaf.format_message()), leaf.exit_code
    if type(leaf).__module__.partition(".")[0] in _ROOMS:
        return _line(str(leaf) or type(leaf).__name__), 1
    if isinstance(leaf, OSError):
        return _line(f"{leaf.strerror or leaf}{f': {leaf.filename}' if leaf.filename else ''}"), 1
    return None, 1


def _line(message: str) -> str:
    return f"error: {' '.join(message.split())}"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _end_with_parent() -> None:
    """Ask Linux for SIGTERM when the launcher that started this process dies."""
    if os.environ.get("HIVEGATE_END_WITH_PARENT") != "1" or sys.platform != "linux":
        return
    ctypes = importlib.import_module("ctypes")
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(signal.SIGTERM))


if __name__ == "__main__":
    main()
