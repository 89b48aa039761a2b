"""A message bus (D-Bus) for each app, and the services of the desktop on it."""
