"""The program ``berth``: the one place where a problem becomes a line on the terminal."""

from __future__ import annotations

import sys

from berth.core.problem import Problem
from berth.early import request_run, started_instance


def main() -> int:
    """Run the command line and return the exit code: 0, 1 for a problem, 2 for wrong usage, 130 after Ctrl+C."""
    try:
        requested = request_run(sys.argv[1:])
        instance = started_instance(requested) if requested is not None else None
        if instance is not None:
            print(instance)
            return 0
        from berth.cli import run

        return run(sys.argv[1:], requested)
    except Problem as problem:
        _report(problem)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        _report(
            Problem(
                "internal",
                f"Berth made a mistake ({type(error).__name__}: {error}).",
                "Run it again with --debug before the command for the details a report needs.",
            )
        )
        return 70


def _report(problem: Problem) -> None:
    own = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    if "--json" in own:
        import json

        facts = {"code": problem.code, "message": problem.message, "hint": problem.hint}
        print(json.dumps({"problem": facts}), file=sys.stderr)
        return
    print(f"berth: {_printable(problem.message)}", file=sys.stderr)
    if problem.hint:
        print(f"  {_printable(problem.hint)}".replace("\n", "\n  "), file=sys.stderr)


def _printable(text: str) -> str:
    """What an app said last may be part of a problem."""
    return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)


if __name__ == "__main__":
    sys.exit(main())
