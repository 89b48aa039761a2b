// Fingers on a large screen: large targets, the launcher fills the screen.
Stage {
    formFactor: "tablet"
    launcherFills: true
}
