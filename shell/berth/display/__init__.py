"""The Wayland display server process: protocol, surfaces and input, no Qt."""
