"""The matrix as a table for docs/apps.md: ``python -m tests.matrix.table``."""

from __future__ import annotations

from pathlib import Path

from tests.matrix.apps import APPS, FUNCTIONS

PAGE = Path(__file__).parents[2] / "docs" / "apps.md"
_BEGIN, _END = "<!-- matrix -->", "<!-- end of matrix -->"


def table() -> str:
    reasons = list(dict.fromkeys(reason for app in APPS for reason in app.lacks.values()))
    lines = [f"| app | reached by | {' | '.join(FUNCTIONS)} |", "|" + "---|" * (len(FUNCTIONS) + 2)]
    for app in APPS:
        cells = (str(reasons.index(app.lacks[name]) + 1) if name in app.lacks else "yes" for name in FUNCTIONS)
        lines.append(f"| {app.name} | {app.kind} | {' | '.join(cells)} |")
    functions = (f"- *{name}*: {words}" for name, words in FUNCTIONS.items())
    notes = (f"{number}. {reason}" for number, reason in enumerate(reasons, 1))
    return "\n".join((*lines, "", *functions, "", "Not there, or not tried, because:", "", *notes))


def page() -> str:
    """The page with the table of now."""
    before, rest = PAGE.read_text().split(_BEGIN)
    _old, after = rest.split(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page())
