"""The Wayland display server: speaks to apps, never draws, never runs Qt."""
