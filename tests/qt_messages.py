"""What Qt complains of by itself, word for word: not a fault of the program under test."""

STOPPED_TWICE = "QUnifiedTimer::stopAnimationDriver: driver is not running"
"""On a busy machine an animation may begin and end before Qt has begun to drive it; Qt stops its driver anyway."""
