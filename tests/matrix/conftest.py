"""The option that keeps pictures."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix-pictures", metavar="DIR", help="keep a picture of each cell of the app matrix")
