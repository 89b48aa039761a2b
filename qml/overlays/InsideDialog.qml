import Berth

// Looks into a running app.
CardDialog {
    cardWidth: Tokens.size.searchWidth
    open: Shell.inside.open

    onDismissed: Shell.inside.close()

    card: InsideCard {}
}
