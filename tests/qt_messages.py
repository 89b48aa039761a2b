"""What Qt complains of by itself, word for word: not a fault of the program under test."""

STOPPED_TWICE = "QUnifiedTimer::stopAnimationDriver: driver is not running"
"""Qt 6.11 puts off to its queue that the last animation has ended. Is a timer of QML's or a PauseAnimation the only one
to begin before it gets there, it has stopped its driver already, because all that is left waits
(`QUnifiedTimer::localRestart`, qabstractanimation.cpp), and `QUnifiedTimer::stopTimer` stops it without a look. Nothing
comes of it: the wait is taken up when the timers are started, next in the queue. `tests.qml.test_qt_messages` has Qt
do it with nothing of ours."""
