import Berth
import "../catalogue"

// The page of all apps.
CardDialog {
    function takeKeys(): void {
        forceActiveFocus();
        (item as CatalogueCard)?.takeKeys();
    }

    cardHeight: width < Tokens.size.launcherWidth ? height : Tokens.size.launcherHeight
    cardWidth: Tokens.size.launcherWidth + Tokens.size.menu
    gap: Tokens.space.sm
    open: Shell.catalogue.open

    onDismissed: Shell.catalogue.close()
    onItemChanged: (item as CatalogueCard)?.takeKeys()

    card: CatalogueCard {}
}
