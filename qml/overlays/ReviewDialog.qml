import Berth

// Shows an image of a registry before it is fetched.
CardDialog {
    open: Shell.review.open

    onDismissed: Shell.review.close()

    card: ReviewCard {}
}
