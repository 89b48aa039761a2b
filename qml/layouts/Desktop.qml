// Mouse and keyboard: compact sizes, titles in the panel, the launcher as a card above its button.
Stage {
    formFactor: "desktop"
}
