import Berth

// Ends the session or has the machine rest, once the user has seen what that ends.
CardDialog {
    open: Power.open

    card: PowerCard {}

    onDismissed: Power.close()
}
