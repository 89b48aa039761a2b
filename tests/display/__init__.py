"""Tests of the display server on real connections: one server process, a fake ui, raw Wayland clients."""
