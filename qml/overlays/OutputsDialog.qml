import Berth

// How large things are on each output and how it stands.
CardDialog {
    open: OutputSettings.open

    card: OutputsCard {}

    onDismissed: OutputSettings.close()
}
