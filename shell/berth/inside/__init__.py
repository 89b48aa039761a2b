"""Programs of ours that run inside of apps' containers, on what there is in the app's image.

It goes into a launch plan as text: nothing else of ours imports it, nor does it import anything but its own parts.
"""
