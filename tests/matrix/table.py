"""The matrix as a table for docs/apps.md: ``python -m tests.matrix.table``."""

from __future__ import annotations

from pathlib import Path

from tests.matrix.apps import APPS, FUNCTIONS, App

PAGE = Path(__file__).parents[2] / "docs" / "apps.md"
_BEGIN, _END = "<!-- matrix -->", "<!-- end of matrix -->"


def table() -> str:
    limits = [reason for app in APPS for reason in (*app.lacks.values(), *app.partly.values())]
    reasons = list(dict.fromkeys(limits))
    lines = [f"| app | reached by | {' | '.join(FUNCTIONS)} |", "|" + "---|" * (len(FUNCTIONS) + 2)]
    for app in APPS:
        cells = (_cell(app, name, reasons) for name in FUNCTIONS)
        lines.append(f"| {app.name} | {app.kind} | {' | '.join(cells)} |")
    functions = (f"- *{name}*: {words}" for name, words in FUNCTIONS.items())
    notes = (f"{number}. {reason}" for number, reason in enumerate(reasons, 1))
    return "\n".join(
        (*lines, "", *functions, "", "Not there, or with a limit (yes and a number), because:", "", *notes)
    )


def _cell(app: App, function: str, reasons: list[str]) -> str:
    if function in app.lacks:
        return str(reasons.index(app.lacks[function]) + 1)
    return f"yes, {reasons.index(app.partly[function]) + 1}" if function in app.partly else "yes"


def page() -> str:
    """The page with the table of now."""
    before, rest = PAGE.read_text().split(_BEGIN)
    _old, after = rest.split(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page())
