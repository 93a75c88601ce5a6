"""The command line: ``granite-ws``."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from granite_ws.errors import BadInput, ServerRefused, SessionFailed

_COMMANDS = {
    "doctor": "Check this machine: packages, model, GPU, memory, port.",
    "serve": "Run the server and its live page until Ctrl-C.",
    "worker": "Make forecasts for servers whose executor is the queue, until Ctrl-C.",
    "run": "Run one recorded session and judge it.",
    "diagnose": "Name the cause of the drops in recordings and logs.",
    "faults": "List what can be broken on purpose.",
    "inject": "Run a short session with one fault, and diagnose it blind.",
    "law": "Try the drop law: stalls at many phases, predicted and observed.",
    "exam": "Break everything in turn, diagnose it blind, and mark the answers.",
    "prove": "Test a verdict by re-running the session without, and with only, its cause.",
    "proofs": "Put the proof itself on trial, over all faults.",
    "advise": "Say the smallest change that holds, and test it.",
    "isolate": "Prediction alone, WebSocket alone, both: which one drops?",
    "report": "Make an HTML report from a notebook or a recorded session.",
    "rerun": "Run the session of an HTML report again, and compare.",
    "sweep": "Run a notebook under many settings, side by side, and judge the whole.",
    "compare": "Say what is better or worse in B than in A: sessions, groups, sweeps.",
    "index": "Make one page over all recorded runs, to sort and filter.",
    "export": "Export the model's network for ONNX Runtime, and hold it against torch.",
    "bench": "Measure what is fast against the naive way, side by side.",
    "patterns": "Ask what the drops of many sessions have in common.",
}


class _Commands(click.Group):
    """Imports a command only when it is asked for, so that ``--help`` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"granite_ws.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="granite-ws", prog_name="granite-ws")
def granite_ws() -> None:
    """Finds out why a Flask-SocketIO WebSocket drops while a Granite model predicts.

    \b
    Start here:
      granite-ws doctor                 is this machine ready, and which model will run?
      granite-ws run --duration-s 30    one recorded session, with its verdict
      granite-ws report                 the same as a notebook, rendered to one HTML page
      granite-ws serve --port 5000      the live page on http://127.0.0.1:5000

    \b
    Exit codes:
      0 the connection held, or done     3 a drop, or the outcome, is unexplained
      1 drops, every one explained       4 the session itself could not be run
      2 bad input                        130 stopped with Ctrl-C
      of a sweep also: 99 a threshold is broken, 138 a kernel died
    """  # noqa: D301


def run(arguments: list[str]) -> None:
    """The same for a process that was forked, and so has no command line of its own."""
    sys.argv = ["granite-ws", *arguments]
    main()


def main() -> None:
    """The entry point: every error of ours is one line on stderr and an exit code."""
    try:
        sys.exit(granite_ws.main(standalone_mode=False) or 0)
    except (BadInput, ServerRefused) as error:
        _fail(str(error), 2)
    except SessionFailed as error:
        _fail(str(error), 4)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped", 130)
    except BrokenPipeError:
        sys.exit(141)  # as the shell reports it; 1 would say that there were drops


def _fail(message: str, code: int) -> None:
    click.echo(f"granite-ws: error: {message}", err=True)
    sys.exit(code)
