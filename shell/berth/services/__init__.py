"""Adapters to what the host runs: its sound server, its backlights."""
