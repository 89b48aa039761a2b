"""The option that writes the pictures of the catalogue again."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--app-pictures", metavar="DIR", help="write the picture of each app that is started, as its manifest shows it"
    )
