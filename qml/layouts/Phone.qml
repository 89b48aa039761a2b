// One hand: icons only in the panel, the launcher fills the screen, notices stay clear of the thumb.
Stage {
    dated: false
    formFactor: "phone"
    launcherFills: true
    noticesOnTop: true
    worded: false
}
