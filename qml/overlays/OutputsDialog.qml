import Berth

// How large things are on each output, how it stands and where it lies.
CardDialog {
    open: OutputSettings.open

    card: OutputsCard {}

    onDismissed: OutputSettings.close()
}
