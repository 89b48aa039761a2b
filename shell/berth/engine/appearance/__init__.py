"""Apps look like the desktop: its colours as configuration files of the toolkits and terminals in containers."""
