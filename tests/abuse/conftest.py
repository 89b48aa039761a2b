"""The display server of the protocol tests."""

from tests.display.conftest import display as display
