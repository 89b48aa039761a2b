// One hand: icons only in the panel, the launcher fills the screen, notices stay clear of the thumb.
Stage {
    dated: false
    fingers: true
    formFactor: "phone"
    launcherFills: true
    listedWindows: true
    noticesOnTop: true
    worded: false
}
