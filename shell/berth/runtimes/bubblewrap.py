"""The embedded runtime: bubblewrap on an unpacked image, one supervisor process per instance."""

from __future__ import annotations
