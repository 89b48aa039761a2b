"""The style engine: parses themes' stylesheets and computes what each element looks like.

Pure: no Qt, no I/O beyond reading a theme's own folder, nothing that runs per item or per frame.
"""
