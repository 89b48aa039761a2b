"""wlcs, the conformance suite for Wayland compositors, run against the display server."""
