import Berth

// Removes a theme of the user's once it was said what goes with it.
CardDialog {
    open: Themes.removing.open

    card: ThemeRemovalCard {}
}
