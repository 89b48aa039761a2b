"""Programs of ours that run inside of apps' containers, on what there is in the app's image.

Nothing here is imported: it goes into a launch plan as text.
"""
