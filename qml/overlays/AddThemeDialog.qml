import Berth

// Adds a theme once the user has seen what it is.
CardDialog {
    open: Themes.adding.open

    card: AddThemeCard {}
}
