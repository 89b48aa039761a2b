import Berth

// Says what an app is.
CardDialog {
    open: Shell.about.open

    onDismissed: Shell.about.close()

    card: AboutCard {}
}
