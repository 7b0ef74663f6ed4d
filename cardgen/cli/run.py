"""Run a command and end it well: words in, an exit code out, whatever happens on the way.

What cardgen raises on purpose is shown as a sentence and a hint. What nobody expected gets a
reference and a file of details, without values from the rosters; never a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from cardgen.cli import show
from cardgen.cli.app import app
from cardgen.cli.misuse import sentences
from cardgen.errors import CardgenError
from cardgen.trouble import write_down

WRONG_USE, FAILED, INTERRUPTED = 2, 1, 130  # 128 + SIGINT, as shells count it


def run(args: Sequence[str] | None = None) -> int:
    """Run one command. Raises nothing, but for CARDGEN_DEBUG=1."""
    try:
        code = _run(args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Who read our output has gone (`cardgen check … | head`): nothing more to say, and
        # Python must not say so either when it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(args: Sequence[str] | None) -> int:
    try:
        code = typer.main.get_command(app).main(args, prog_name="cardgen", standalone_mode=False)
    except CardgenError as error:
        show.error(error.message, error.hint)
        return error.exit_code
    except typer.TyperException as error:
        if type(error).__name__ != "NoArgsIsHelpError":
            show.error(*sentences(error))
        return WRONG_USE
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get("CARDGEN_DEBUG") == "1":
            raise
        return _unexpected(error)
    if code == INTERRUPTED:
        show.error("已中断。", "已经印完的文件都是完整的；再运行同一条命令，就会全部印完。")
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception) -> int:
    reference, path = write_down(error)
    where = f"详情写在 {path}" if path else "详情没有地方可写"
    show.error(
        f"程序出错，这不是您的错（编号 {reference}）。",
        f"{where}，里面没有姓名和电话。请把编号和这个文件交给维护人员。",
    )
    return FAILED
