import Berth

// Pictures of an app, as large as they are or as there is room.
CardDialog {
    cardWidth: Tokens.size.launcherWidth
    gap: Tokens.space.sm
    low: false
    open: Shell.catalogue.enlarged >= 0

    onDismissed: Shell.catalogue.enlarge(-1)

    card: PictureCard {}
}
