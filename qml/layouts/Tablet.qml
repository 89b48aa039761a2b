// Fingers on a large screen: large targets, the launcher fills the screen.
Stage {
    fingers: true
    formFactor: "tablet"
    launcherFills: true
}
