"""The command line: the same engine without a screen. Errors are one sentence on stderr and exit status 2."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from reranklab import __version__
from reranklab.commands.terminal import end_progress
from reranklab.errors import Cancelled, RerankLabError

_ERROR, _INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    from reranklab.rankers.catalogue import refusals

    try:
        options = _parser().parse_args(arguments)
        cancel = threading.Event()
        signal.signal(signal.SIGINT, lambda *_: cancel.set())
        for refusal in refusals():
            _complain(refusal)
        status: int = options.command(options, cancel)
        return status
    except Cancelled as error:
        _complain(str(error))
        return _INTERRUPTED
    except RerankLabError as error:
        _complain(str(error))
        return _ERROR
    except BrokenPipeError:
        sys.stderr.close()
        return _ERROR
    finally:
        end_progress()


def _complain(message: str) -> None:
    """One line on stderr, whatever a file name or an argument in it holds."""
    end_progress()
    sys.stderr.write(f"reranklab: {' '.join(message.split())}\n")


class _Parser(argparse.ArgumentParser):
    """Argument errors as one line, like all others."""

    def error(self, message: str) -> NoReturn:
        _complain(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.")
        raise SystemExit(_ERROR)


def _parser() -> argparse.ArgumentParser:
    from reranklab.commands import app, datasets, evaluate, explain, models, rank

    parser = _Parser(prog="reranklab", description="See how rerankers order the same documents, and what that costs.")
    parser.add_argument("--version", action="version", version=f"reranklab {__version__}")
    commands = parser.add_subparsers(dest="command_name", required=True, metavar="COMMAND")
    for command in (rank, explain, evaluate, models, datasets, app):
        sub = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(command=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
