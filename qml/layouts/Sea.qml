import QtQuick
import Berth

// The wallpaper in the theme's colours.
Wallpaper {
    glow: Tokens.color.wallpaperGlow
    skyBottom: Tokens.color.wallpaperBottom
    skyTop: Tokens.color.wallpaperTop
    wave1: Tokens.color.wave1
    wave2: Tokens.color.wave2
    wave3: Tokens.color.wave3
    wave4: Tokens.color.wave4
}
