"""The command line: the same engine without a screen. Errors are one sentence on stderr and exit status 2."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from reranklab import __version__
from reranklab.commands.log import log_file
from reranklab.commands.terminal import complain, end_progress
from reranklab.errors import Cancelled, RerankLabError

_ERROR, _INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status. Whatever goes wrong is a line on stderr; tracebacks go to the log."""
    with log_file() as log:
        try:
            options = _parser().parse_args(arguments)
            return _run(options)
        except Cancelled as error:
            complain(str(error))
            return _INTERRUPTED
        except RerankLabError as error:
            complain(str(error))
            return _ERROR
        except BrokenPipeError:
            sys.stderr.close()
            return _ERROR
        finally:
            end_progress()
            if log.path is not None and not sys.stderr.closed:
                complain(f"The log is {log.path}.")


def _run(options: argparse.Namespace) -> int:
    from reranklab.data.leftovers import remove_leftovers
    from reranklab.engine.boundary import contained
    from reranklab.rankers.catalogue import refusals

    cancel = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: cancel.set())
    with contained(f"reranklab {options.command_name}", through=(BrokenPipeError,)):
        remove_leftovers()
        for refusal in refusals():
            complain(refusal)
        status: int = options.command(options, cancel)
    return status


class _Parser(argparse.ArgumentParser):
    """Argument errors as one line, like all others."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.")
        raise SystemExit(_ERROR)


def _parser() -> argparse.ArgumentParser:
    from reranklab.commands import (
        app,
        before_after,
        check,
        conform,
        cost,
        datasets,
        distil,
        drift,
        evaluate,
        explain,
        follow,
        judgements,
        latency,
        models,
        named,
        probes,
        rank,
        runs,
        stability,
        train,
        tune,
        watch,
    )

    parser = _Parser(prog="reranklab", description="See how rerankers order the same documents, and what that costs.")
    parser.add_argument("--version", action="version", version=f"reranklab {__version__}")
    commands = parser.add_subparsers(dest="command_name", required=True, metavar="COMMAND")
    for command in (
        rank,
        explain,
        evaluate,
        drift,
        latency,
        cost,
        tune,
        train,
        distil,
        before_after,
        stability,
        probes,
        follow,
        conform,
        check,
        watch,
        runs,
        judgements,
        named,
        models,
        datasets,
        app,
    ):
        sub = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(command=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
