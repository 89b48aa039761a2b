"""Asking the system who somebody is, in a process of its own for each attempt: PAM blocks, and runs foreign code."""
