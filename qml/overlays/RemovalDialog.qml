import Berth

// Removes an app once the user has seen what goes.
CardDialog {
    open: Shell.removal.open

    card: RemovalCard {}
}
