"""Random examples are not timed: that a machine is busy says nothing about what is tested.

They are the same in every run, so that what fails fails again; ``--hypothesis-profile=search`` looks for new ones.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("tests", settings.get_profile("search"), derandomize=True)
settings.load_profile("tests")
