"""The display server of the protocol tests."""

from tests.display.conftest import display as display
from tests.display.conftest import nursery as nursery
