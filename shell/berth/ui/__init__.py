"""The shell's Qt process: draws everything and owns input."""
