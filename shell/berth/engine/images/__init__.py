"""Images of apps: an OCI layout on disk, filled from Debian packages or from archives."""
