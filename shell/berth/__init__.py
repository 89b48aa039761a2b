"""Berth: a Linux desktop in which every app runs in its own container."""

__version__ = "0.1.0"
