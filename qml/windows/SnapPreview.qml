import QtQuick
import Berth

// Where the window in hand will lie when it is let go now.
Rectangle {
    required property rect place

    border.color: Tokens.color.accent
    border.width: Tokens.stroke.focus
    color: Tokens.color.hover
    height: place.height - 2 * Tokens.space.xs
    radius: Tokens.radius.window
    visible: place.width > 0
    width: place.width - 2 * Tokens.space.xs
    x: place.x + Tokens.space.xs
    y: place.y + Tokens.space.xs
}
